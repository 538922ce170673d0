//! The accessibility checker axe, run inside the page.

use std::{fs, path::Path};

use serde_json::Value;

use crate::window::Window;

impl Window {
    /// Makes sure that axe is in the page; a page that was emptied has lost it.
    pub(crate) async fn with_axe(&self) {
        if self
            .driver()
            .execute("return typeof axe", vec![])
            .await
            .is_ok_and(|it| it.json() == "object")
        {
            return;
        }
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let source = fs::read_to_string(file).expect("axe-core is installed by `cargo xtask test`");
        // The driver is not bound by the page's policy, so nothing is loosened for it.
        let _ = self
            .driver()
            .execute(format!("{source}; window.axe = axe;"), vec![])
            .await;
    }

    /// What axe has against the screen as it stands, a line each; empty is clean.
    pub(crate) async fn axe(&self) -> Vec<String> {
        self.with_axe().await;
        let script = "const done = arguments[0];
            axe.run(document).then(
                ({ violations }) => done(violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.html))),
                (reason) => done(['axe itself: ' + reason]));";
        let answer = self
            .driver()
            .execute_async(script, vec![])
            .await
            .unwrap()
            .json()
            .clone();
        let Value::Array(lines) = answer else {
            panic!("axe answered {answer}")
        };
        lines
            .into_iter()
            .map(|it| it.as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

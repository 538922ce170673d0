//! `name`: the office or whoever works with this device is called otherwise.

use app::session::view::ChangeName;
use app::{Lang, Result};
use serde_json::json;

use super::with_app;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, of: String, name: String) -> Result<()> {
    let request = ChangeName { of, name };
    with_app(rim, |app| app.change_name(&request))?;
    rim.say(
        &json!({ "of": request.of, "name": request.name.trim() }),
        |_| match rim.lang {
            Lang::Ja => "名前を変えました。ほかの端末には、次の送受信で伝わります。".to_owned(),
            Lang::En => {
                "The name is changed. Other laptops hear of it with the next exchange.".to_owned()
            }
        },
    )
}

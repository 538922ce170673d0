//! The rules of the house that the compiler does not know: who may know whom, and what every file owes its reader.

#[cfg(test)]
mod tidy {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::{Path, PathBuf},
        process::Command,
    };

    use serde_json::Value;

    /// Which of our crates each crate may name. Arrows point down only.
    const ARROWS: &[(&str, &[&str])] = &[
        ("domain", &[]),
        ("crypto", &[]),
        ("record", &["domain"]),
        ("packs", &["domain"]),
        ("picture", &[]),
        ("wire", &["crypto"]),
        ("verifier", &["wire", "crypto"]),
        ("sync", &["wire", "crypto"]),
        ("store", &["domain", "record", "crypto", "sync"]),
        (
            "app",
            &[
                "domain", "crypto", "record", "wire", "sync", "store", "packs", "picture",
                "verifier",
            ],
        ),
        ("relay", &["wire", "crypto"]),
        ("hub", &["relay", "wire", "crypto"]),
        ("link", &["sync"]),
        ("lan", &["relay", "sync", "wire", "crypto"]),
        ("cli", &["app", "lan", "link", "verifier"]),
        ("window", &["app", "lan", "link", "sync"]),
        ("xtask", &[]),
    ];

    /// These may name any of ours, and are never shipped.
    const FREE: &[&str] = &["decode", "testkit", "tests"];

    /// Who may name a library of others.
    const KEEPERS: &[(&str, &[&str])] = &[
        ("automerge", &["record"]),
        ("rusqlite", &["store", "relay"]),
        ("getrandom", &["crypto"]),
        ("rand", &["crypto"]),
    ];

    /// One line of somebody's `[dependencies]`.
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Edge {
        from: String,
        to: String,
        only_for_tests: bool,
    }

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .canonicalize()
            .unwrap()
    }

    fn edges() -> Vec<Edge> {
        let output = Command::new(env!("CARGO"))
            .args([
                "metadata",
                "--format-version",
                "1",
                "--no-deps",
                "--offline",
            ])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut edges = Vec::new();
        for package in metadata["packages"].as_array().unwrap() {
            for dependency in package["dependencies"].as_array().unwrap() {
                edges.push(Edge {
                    from: package["name"].as_str().unwrap().into(),
                    to: dependency["name"].as_str().unwrap().into(),
                    only_for_tests: dependency["kind"] == "dev",
                });
            }
        }
        edges
    }

    /// Edges between our crates that point anywhere but down.
    fn wrong_arrows(edges: &[Edge]) -> Vec<&Edge> {
        let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
        let is_ours = |name: &str| arrows.contains_key(name) || FREE.contains(&name);
        let may = |edge: &Edge| {
            FREE.contains(&edge.from.as_str())
                || (edge.only_for_tests && edge.to == "testkit")
                || arrows
                    .get(edge.from.as_str())
                    .is_some_and(|it| it.contains(&edge.to.as_str()))
        };
        edges
            .iter()
            .filter(|edge| is_ours(&edge.to) && !may(edge))
            .collect()
    }

    /// Crates that name a library which another crate keeps.
    fn strangers(edges: &[Edge]) -> Vec<&Edge> {
        let keepers: BTreeMap<_, _> = KEEPERS.iter().copied().collect();
        let is_stranger = |edge: &&Edge| {
            keepers
                .get(edge.to.as_str())
                .is_some_and(|it| !it.contains(&edge.from.as_str()))
        };
        edges.iter().filter(is_stranger).collect()
    }

    fn edge(from: &str, to: &str) -> Edge {
        Edge {
            from: from.into(),
            to: to.into(),
            only_for_tests: false,
        }
    }

    #[test]
    fn arrows_go_down_only() {
        assert_eq!(wrong_arrows(&edges()), [] as [&Edge; 0]);
        // Red control: the check sees an arrow that goes up, and one that jumps.
        let wrong = [edge("domain", "store"), edge("cli", "store")];
        assert_eq!(wrong_arrows(&wrong).len(), 2);
    }

    #[test]
    fn every_crate_has_its_place() {
        let known: BTreeSet<_> = ARROWS
            .iter()
            .map(|it| it.0)
            .chain(FREE.iter().copied())
            .collect();
        let unknown: BTreeSet<_> = edges()
            .into_iter()
            .map(|it| it.from)
            .filter(|it| !known.contains(it.as_str()))
            .collect();
        assert_eq!(unknown, BTreeSet::new(), "add it to ARROWS");
    }

    #[test]
    fn only_the_keeper_names_a_kept_library() {
        assert_eq!(strangers(&edges()), [] as [&Edge; 0]);
        // Red control.
        assert_eq!(
            strangers(&[
                edge("app", "rusqlite"),
                edge("store", "automerge"),
                edge("store", "rusqlite")
            ])
            .len(),
            2
        );
    }

    /// Every file of ours below `folder` with one of the endings.
    fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if !["target", "node_modules", "gen", "dist", ".git"]
                    .iter()
                    .any(|it| name == *it)
                {
                    found.extend(files(&path, ending));
                }
            } else if path.extension().is_some_and(|it| it == ending) {
                found.push(path);
            }
        }
        found
    }

    #[test]
    fn every_source_file_says_first_what_it_is() {
        let says =
            |text: &str| text.starts_with("//! ") || text.starts_with("#![doc = include_str!");
        let silent: Vec<_> = files(&root(), "rs")
            .into_iter()
            .filter(|it| !says(&fs::read_to_string(it).unwrap()))
            .collect();
        assert_eq!(silent, [] as [PathBuf; 0]);
        assert!(!says("use std::fs;\n//! late"));
    }

    #[test]
    fn no_module_hides_in_mod_rs() {
        let hidden: Vec<_> = files(&root(), "rs")
            .into_iter()
            .filter(|it| it.file_name().unwrap() == "mod.rs")
            .collect();
        assert_eq!(hidden, [] as [PathBuf; 0]);
    }

    /// The keys of all strings in `value`; plural forms of one key count as one.
    fn keys(prefix: &str, value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    keys(&format!("{prefix}.{name}"), field, into);
                }
            }
            _ => {
                let plural = ["_zero", "_one", "_two", "_few", "_many", "_other"];
                let key = plural
                    .iter()
                    .find_map(|it| prefix.strip_suffix(it))
                    .unwrap_or(prefix);
                into.insert(key.to_owned());
            }
        }
    }

    /// The keys of a language: of `<folder>/<language>.json`, or of every JSON file in `<folder>/<language>/`.
    fn language(folder: &Path, language: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let single = folder.join(format!("{language}.json"));
        let sources = if single.exists() {
            vec![single]
        } else {
            files(&folder.join(language), "json")
        };
        assert!(
            !sources.is_empty(),
            "no words for {language} in {}",
            folder.display()
        );
        for source in sources {
            let value = serde_json::from_slice(&fs::read(&source).unwrap()).unwrap();
            let section = if source.parent() == Some(folder) {
                String::new()
            } else {
                source.file_stem().unwrap().to_string_lossy().into()
            };
            keys(&section, &value, &mut found);
        }
        found
    }

    #[test]
    fn japanese_and_english_say_the_same_things() {
        for folder in ["ui/src/i18n", "crates/app/words"] {
            let folder = root().join(folder);
            assert_eq!(
                language(&folder, "ja"),
                language(&folder, "en"),
                "{}",
                folder.display()
            );
        }
    }

    /// What the program notes in the access log of devices and of the office: each word in quotes that follows the kind of
    /// deed in this source, or that an act of the directory is told by.
    fn noted(source: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for start in ["Act::Device, \"", "=> (\""] {
            for after in source.split(start).skip(1) {
                let word = after.split('"').next().unwrap_or_default();
                found.insert(word.to_owned());
            }
        }
        found
    }

    #[test]
    fn whatever_the_access_log_notes_has_words_on_the_screen_and_in_the_table() {
        let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
        let screen: Value = serde_json::from_str(&read("ui/src/i18n/ja.json")).unwrap();
        let table: Value = serde_json::from_str(&read("crates/app/words/audit.json")).unwrap();
        let told = |word: &str| {
            screen["audit"]["did"][word].is_string() && table[format!("did.{word}")].is_object()
        };
        let acts = noted(&read("crates/app/src/exchange/acts.rs"));
        assert!(acts.contains("cancelErase"), "{acts:?}");
        let mut words = acts;
        for path in files(&root().join("crates/app/src"), "rs") {
            let source = fs::read_to_string(&path).unwrap();
            words.extend(noted(&source.replace("=> (\"", "")));
        }
        assert!(words.contains("passOut"), "{words:?}");
        let untold: Vec<_> = words.iter().filter(|word| !told(word)).collect();
        assert_eq!(untold, [] as [&String; 0]);
        // Red control: a deed without words is found.
        let deed = "self.log(&Deed::of(wire::audit::Act::Device, \"moveOffice\"))?;";
        assert!(noted(deed).iter().any(|word| !told(word)));
    }

    /// Where a script of ours hears keys without the guard that keeps those of the input method away: the Enter that ends
    /// a conversion must not save, send or decide. A listener under a name that is not written out stays unseen.
    fn unguarded(script: &str) -> Vec<String> {
        let attributes = ["onKeyDown", "onKeyUp", "onKeyPress"].map(|it| (it, "={imeSafe("));
        let listeners = [
            "addEventListener('key",
            "addEventListener(\"key",
            "addEventListener(`key",
            ".onkeydown",
            ".onkeyup",
            ".onkeypress",
            "useKeyboard(",
        ]
        .map(|it| (it, "never"));
        let mut found = Vec::new();
        for (heard, guard) in attributes.into_iter().chain(listeners) {
            for after in script.split(heard).skip(1) {
                if !after.trim_start_matches("Capture").starts_with(guard) {
                    found.push(format!(
                        "{heard}{}",
                        after.lines().next().unwrap_or_default()
                    ));
                }
            }
        }
        found
    }

    #[test]
    fn no_screen_hears_the_keys_of_the_input_method() {
        let scripts = root().join("ui/src");
        let mut seen = 0;
        let mut wrong = Vec::new();
        for file in [files(&scripts, "ts"), files(&scripts, "tsx")].concat() {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let script = fs::read_to_string(&file).unwrap();
            seen += script.matches("={imeSafe(").count();
            // The one helper, and what tries it.
            if name != "imeSafe.ts" && !name.contains(".test.") {
                let lines = unguarded(&script).into_iter();
                wrong.extend(lines.map(|it| format!("{}: {it}", file.display())));
            }
        }
        assert_eq!(
            wrong,
            [] as [String; 0],
            "use imeSafe, listenToKeys or holdKeys"
        );
        assert!(seen > 10, "the rule looks at nothing: {seen}");
        // Red control: one handler of each kind that acts on Enter during a conversion.
        for bare in [
            "<input onKeyDown={(event) => { if (event.key === 'Enter') save(); }} />",
            "<input onKeyDownCapture={press} />",
            "<input onKeyUp={press} />",
            "<input {...{ onKeyDown: press }} />",
            "window.addEventListener('keydown', press)",
            "document.onkeyup = press",
        ] {
            assert_eq!(unguarded(bare).len(), 1, "{bare}");
        }
        assert_eq!(
            unguarded("<input onKeyDown={imeSafe(press)} />"),
            [] as [String; 0]
        );
    }

    /// The names of tests that a page gives as its proof: long, in backticks, and a file of tests holds none of them.
    fn unproved(page: &str, sources: &str) -> Vec<String> {
        let is_name = |it: &&str| {
            it.len() >= 14
                && it.contains('_')
                && it
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        let named = page.split('`').skip(1).step_by(2).filter(is_name);
        named
            .filter(|name| !sources.contains(&format!("fn {name}(")))
            .filter(|name| !sources.contains(&format!("    {name} = ")))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn what_a_page_gives_as_proof_is_a_test() {
        let sources: String = ["crates", "tests", "src-tauri"]
            .iter()
            .flat_map(|folder| files(&root().join(folder), "rs"))
            .map(|file| fs::read_to_string(file).unwrap())
            .collect();
        for page in files(&root().join("docs"), "md") {
            let text = fs::read_to_string(&page).unwrap();
            assert_eq!(unproved(&text, &sources), [] as [String; 0], "{page:?}");
        }
        // Red control.
        assert_eq!(
            unproved("shown by `a_test_that_nobody_wrote`", &sources).len(),
            1
        );
    }

    #[test]
    fn two_commands_are_all_a_newcomer_needs() {
        let readme = fs::read_to_string(root().join("README.md")).unwrap();
        assert!(readme.contains("cargo xtask run") && readme.contains("cargo xtask test"));
    }
}

//! Two laptops that worked on one assessment apart, and meet.

use app::demo::PASSPHRASE;
use app::floor;
use app::session::view::{ExportBundle, RequestDevice};
use app::session::{self, Cost, Rules};
use app::{App, Result, System, ops};

use super::figure::{Figure, Times};
use super::office::Office;
use super::work::{answer, round};

/// Edits on each side.
const EDITS: usize = 200;
/// How often they meet.
const MEETINGS: usize = 5;
/// What the two disagree about.
const ITEMS: &[&str] = &[
    "health_need",
    "home_need",
    "money_need",
    "work_need",
    "learning_need",
    "family_need",
    "community_need",
    "safety_need",
];
/// An answer's register, about.
const REGISTER: usize = 80;

/// The first meeting brings a whole office; then each meeting merges 200 edits with 200.
pub(super) fn merge(office: &mut Office) -> Result<Vec<Figure>> {
    let (to, from) = (office.beside("to.mgb"), office.beside("from.mgb"));
    let mut colleague = join(office)?;
    let mut first = Times::default();
    // For one another: of the demo's third laptop nobody will hear again, and a file for all would be whole for its sake.
    let devices = office.app()?.devices()?.items.into_iter();
    let back = ExportBundle {
        for_device: devices.filter(|it| it.current).map(|it| it.id).next(),
        ..ExportBundle::default()
    };
    office.app()?.bundle_export(&to, &ExportBundle::default())?;
    first.take(|| colleague.bundle_import(&to))?;
    let (mut ours, mut floor) = (Times::default(), Times::default());
    for id in office
        .households
        .iter()
        .take(MEETINGS)
        .cloned()
        .collect::<Vec<_>>()
    {
        let round = round(office, &id)?;
        for (item, number) in ITEMS.iter().cycle().zip(0..EDITS) {
            office.call(
                "assessment.answer",
                answer(
                    &round,
                    item,
                    if number % 2 == 0 { "none" } else { "trouble" },
                ),
            )?;
            let theirs = answer(
                &round,
                item,
                if number % 2 == 0 { "urgent" } else { "concern" },
            );
            ops::call(&mut colleague, "assessment.answer", theirs)?;
        }
        colleague.bundle_export(&from, &back)?;
        ours.take(|| office.app()?.bundle_import(&from))?;
        let mut alone = floor::Merge::prepare(EDITS, REGISTER)?;
        floor.take(|| alone.run())?;
    }
    let whole = Figure {
        what: "first bundle of the whole office",
        ours: first,
        against: "",
        floor: Times::default(),
    };
    colleague.lock()?;
    Ok(vec![
        Figure {
            what: "200 edits meet 200 edits",
            ours,
            against: "automerge alone",
            floor,
        },
        whole,
    ])
}

fn join(office: &mut Office) -> Result<App> {
    let dir = office.beside("colleague");
    let worker = RequestDevice {
        worker: "例示 たける".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    };
    let (mut waiting, request, _) =
        session::request(&dir, &worker, Cost::Floor, Rules::Waived, Box::new(System))?;
    waiting.accept(&office.app()?.approve(&request, "worker", None)?)?;
    let mut app = waiting.open(Box::new(System))?;
    app.confirm_office()?;
    Ok(app)
}

//! `bench sync`: laptops that exchange over a real hub, and beside them PouchDB with the same records and a server of its
//! own, in one run on one machine.
//!
//! # Invariants
//!
//! - **The same work on both sides**: the same documents, changed in the same places, over loopback HTTP; both wait for
//!   the disk. Ours is encrypted and signed, is merged into lists and search, and goes both ways; theirs is read only.
//! - **Bytes are counted on the line**, both ways, HTTP included: ours by what stands between laptop and hub, theirs at
//!   the server's sockets.

mod hub;
mod laptop;
mod pouch;
mod sizes;
mod step;

use std::path::Path;
use std::time::Instant;

use app::floor::{self, Weight};
use app::{Environment as _, Result, System};
use serde_json::{Value, json};

use self::hub::Hub;
use self::laptop::Laptop;
use self::pouch::Plan;
use self::sizes::Sizes;
use self::step::Steps;
use super::office::Folder;

/// Measures all of it.
pub(super) fn sync() -> Result<Value> {
    let sizes = Sizes::read()?;
    let left_out = pouch::lacking();
    let mut offices = Vec::new();
    for households in &sizes.households {
        let folder = Folder::make()?;
        offices.push(office(&folder.0, *households, &sizes, left_out.is_none())?);
    }
    let folder = Folder::make()?;
    let crowd = crowd(&folder.0, &sizes, left_out.is_none())?;
    Ok(json!({
        "machine": super::machine(),
        "comparisonLeftOut": left_out,
        "offices": offices,
        "crowd": crowd,
    }))
}

/// One office: everything goes up, a colleague fetches everything, and then what is new, again and again.
fn office(folder: &Path, households: u32, sizes: &Sizes, compare: bool) -> Result<Value> {
    let hub = Hub::start(folder)?;
    let mut plan = Plan::make(folder)?;
    let mut steps = Steps::default();
    let begun = Instant::now();
    let mut author = Laptop::found(folder, households)?;
    let made = begun.elapsed().as_secs_f64();
    let base = floor::documents(author.app(), None)?;
    plan.base(&base)?;
    steps.take("firstUpload", &hub, || author.join(&hub))?;
    let mut reader = author.enrol(folder, 0)?;
    // The hub is to know of it.
    author.sync(&hub)?;
    steps.take("firstSync", &hub, || reader.sync(&hub))?;

    let places = author.places(sizes.changed)?;
    let (mut new, mut changed) = (Weight::default(), Weight::default());
    for time in 0..sizes.times {
        let since = System.now();
        let ids = author.write_notes(sizes.new, time)?;
        let documents = floor::documents(author.app(), Some(&ids))?;
        plan.round("new", &documents)?;
        steps.take("newSent", &hub, || author.sync(&hub))?;
        steps.take("new", &hub, || reader.sync(&hub))?;
        add(&mut new, floor::weigh(author.app(), since)?);
    }
    for time in 0..sizes.times {
        let since = System.now();
        author.answer(&places, time)?;
        let ids: Vec<_> = places.iter().map(|place| place.round.clone()).collect();
        plan.round("changed", &floor::documents(author.app(), Some(&ids))?)?;
        steps.take("changedSent", &hub, || author.sync(&hub))?;
        steps.take("changed", &hub, || reader.sync(&hub))?;
        add(&mut changed, floor::weigh(author.app(), since)?);
    }
    for time in 0..sizes.times * 2 {
        let one = places.get(..1).unwrap_or_default();
        author.answer(one, sizes.times + time)?;
        let ids: Vec<_> = one.iter().map(|place| place.round.clone()).collect();
        plan.round("single", &floor::documents(author.app(), Some(&ids))?)?;
        steps.take("singleSent", &hub, || author.sync(&hub))?;
        steps.take("single", &hub, || reader.sync(&hub))?;
    }
    for _ in 0..sizes.times * 2 {
        steps.take("still", &hub, || reader.sync(&hub))?;
    }
    let bytes = json!({ "hub": hub.bytes_on_disk()?, "laptop": reader.bytes()? });
    let same = reader.count()? == author.count()?;
    author.lock()?;
    reader.lock()?;
    drop(hub);
    let theirs = if compare {
        Some(plan.run(sizes.times * 2)?)
    } else {
        None
    };
    Ok(json!({
        "households": households,
        "documents": base.len(),
        "madeSeconds": made,
        "new": sizes.new,
        "changed": places.len(),
        "sameAtTheEnd": same,
        "bytesOnDisk": bytes,
        "steps": steps.view(theirs.as_ref()),
        "weight": { "new": weighed(new), "changed": weighed(changed) },
        "against": theirs.as_ref().map(pouch::versions),
    }))
}

/// A small office, and many devices that fetch all of it, one after the other.
fn crowd(folder: &Path, sizes: &Sizes, compare: bool) -> Result<Value> {
    let hub = Hub::start(folder)?;
    let mut plan = Plan::make(folder)?;
    let mut steps = Steps::default();
    let mut author = Laptop::found(folder, sizes.crowd)?;
    let base = floor::documents(author.app(), None)?;
    plan.base(&base)?;
    author.join(&hub)?;
    let mut number = 0;
    for devices in &sizes.devices {
        let mut all = Vec::new();
        for _ in 0..*devices {
            number += 1;
            all.push(author.enrol(folder, number)?);
        }
        author.sync(&hub)?;
        steps.take(&format!("devices{devices}"), &hub, || {
            all.iter_mut().try_for_each(|laptop| laptop.sync(&hub))
        })?;
        all.into_iter().try_for_each(Laptop::lock)?;
    }
    author.lock()?;
    drop(hub);
    let theirs = if compare {
        plan.crowd(&sizes.devices)?;
        Some(plan.run(0)?)
    } else {
        None
    };
    Ok(json!({
        "households": sizes.crowd,
        "documents": base.len(),
        "steps": steps.view(theirs.as_ref()),
    }))
}

fn add(sum: &mut Weight, more: Weight) {
    sum.records += more.records;
    sum.sealed += more.sealed;
    sum.unpadded += more.unpadded;
    sum.compressed += more.compressed;
}

/// How much more than its changes, compressed, a record is.
fn weighed(weight: Weight) -> Value {
    let times = |bytes: usize| step::ratio(bytes as f64, weight.compressed as f64);
    json!({
        "records": weight.records,
        "compressedBytes": weight.compressed,
        "beforePadding": times(weight.unpadded),
        "afterPadding": times(weight.sealed),
    })
}

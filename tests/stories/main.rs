//! Stories: what people do, at the level of operations, with real stores.

#[cfg(test)]
mod backup;
#[cfg(test)]
mod erasing;
#[cfg(test)]
mod erasing_nearby;
#[cfg(test)]
mod escrow;
#[cfg(test)]
mod handing_over;
#[cfg(test)]
mod hub;
#[cfg(test)]
mod lan;
#[cfg(test)]
mod lan_files;
#[cfg(test)]
mod moving;
#[cfg(test)]
mod one_household;
#[cfg(test)]
mod reentry;
#[cfg(test)]
mod restricted;
#[cfg(test)]
mod taking_back;

#![doc = include_str!("../README.md")]

pub mod carrier;
pub mod conformance;
pub mod feed;
pub mod plan;
pub mod receive;
pub mod run;
pub mod settle;
pub mod shelf;
pub mod store;
pub mod vector;

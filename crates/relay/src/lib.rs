#![doc = include_str!("../README.md")]

pub mod blobs;
pub mod conformance;
pub mod http;
mod office;
mod plan;
//PG
pub mod refusal;
pub mod service;
pub mod settings;
pub mod sqlite;
pub mod store;

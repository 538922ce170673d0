#![doc = include_str!("../README.md")]

pub mod blobs;
pub mod conformance;
pub mod http;
mod office;
mod plan;
pub mod postgres;
pub mod refusal;
pub mod service;
pub mod settings;
pub mod sqlite;
pub mod store;

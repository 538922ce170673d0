//! A register: one value, and when its writer says it was written.
//!
//! On the wire `[1, at_ms, value]` in CBOR, kept in automerge as bytes, so that a value merges whole.
//!
//! # Invariants
//!
//! - Foreign bytes never panic and never cost more than their length; nesting is limited.
//! - A register of a later form (first element above 1, more elements behind) is still read.

use minicbor::{
    Decoder, Encoder,
    data::Type,
    decode::Error as DecodeError,
    encode::{Error, Write},
};
use serde_json::{Map, Number, Value};

/// How deep a value may nest.
pub(crate) const DEPTH: usize = 32;

/// The bytes of a register, or `None` where `value` nests too deep.
pub(crate) fn encode(at: i64, value: &Value) -> Option<Vec<u8>> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.array(3).ok()?.u8(1).ok()?.i64(at).ok()?;
    write(&mut encoder, value, DEPTH).ok()?;
    Some(encoder.into_writer())
}

/// The time and value in `bytes`, or `None` where they are no register.
pub(crate) fn decode(bytes: &[u8]) -> Option<(i64, Value)> {
    let mut decoder = Decoder::new(bytes);
    let length = decoder.array().ok()??;
    let _form = decoder.u32().ok()?;
    let at = decoder.i64().ok()?;
    let value = read(&mut decoder, DEPTH).ok()?;
    (length >= 3).then_some((at, value))
}

fn write<W: Write>(
    to: &mut Encoder<W>,
    value: &Value,
    depth: usize,
) -> Result<(), Error<W::Error>> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Error::message("too deep"));
    };
    match value {
        Value::Null => to.null()?,
        Value::Bool(yes) => to.bool(*yes)?,
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), ..) => to.i64(whole)?,
            (None, Some(whole), _) => to.u64(whole)?,
            (None, None, real) => to.f64(real.unwrap_or_default())?,
        },
        Value::String(text) => to.str(text)?,
        Value::Array(items) => {
            to.array(items.len() as u64)?;
            for item in items {
                write(to, item, depth)?;
            }
            to
        }
        Value::Object(entries) => {
            to.map(entries.len() as u64)?;
            for (key, item) in entries {
                to.str(key)?;
                write(to, item, depth)?;
            }
            to
        }
    };
    Ok(())
}

fn read(from: &mut Decoder<'_>, depth: usize) -> Result<Value, DecodeError> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(DecodeError::message("too deep"));
    };
    Ok(match from.datatype()? {
        Type::Null => {
            from.null()?;
            Value::Null
        }
        Type::Bool => Value::Bool(from.bool()?),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => Value::from(from.u64()?),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => Value::from(from.i64()?),
        Type::F64 => Number::from_f64(from.f64()?).map_or(Value::Null, Value::Number),
        Type::String => Value::from(from.str()?),
        Type::Array => {
            let length = from.array()?.ok_or(DecodeError::message("indefinite"))?;
            // Not reserved: the length is the writer's claim.
            let mut items = Vec::new();
            for _ in 0..length {
                items.push(read(from, depth)?);
            }
            Value::Array(items)
        }
        Type::Map => {
            let length = from.map()?.ok_or(DecodeError::message("indefinite"))?;
            let mut entries = Map::new();
            for _ in 0..length {
                let key = from.str()?.to_owned();
                entries.insert(key, read(from, depth)?);
            }
            Value::Object(entries)
        }
        _ => return Err(DecodeError::message("not a JSON value")),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            proptest::num::f64::NORMAL.prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_register_reads_back(at: i64, value in any_value()) {
            let bytes = encode(at, &value).unwrap();
            prop_assert_eq!(decode(&bytes), Some((at, value)));
        }

        #[test]
        fn foreign_bytes_are_read_or_not_but_never_panic(bytes: Vec<u8>) {
            decode(&bytes);
        }
    }

    #[test]
    fn a_register_of_a_later_form_is_still_read() {
        let later = [0x84, 0x02, 0x19, 0x03, 0xe8, 0x61, b'x', 0xf6];
        assert_eq!(decode(&later), Some((1000, json!("x"))));
    }

    #[test]
    fn a_claimed_length_costs_nothing() {
        assert_eq!(
            decode(&[
                0x83, 1, 0, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
            ]),
            None
        );
    }

    #[test]
    fn a_nested_bomb_is_refused_both_ways() {
        let bomb = [&[0x83, 1, 0][..], &[0x81; 100_000], &[0xf6]].concat();
        assert_eq!(decode(&bomb), None);
        let deep = (0..DEPTH).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(encode(0, &deep), None);
    }

    #[test]
    fn the_bytes_of_a_register_stay_as_they_are() {
        let value = json!({"state": "answered", "value": -3, "who": ["母", null, true, 0.5]});
        let hex: String = encode(1_700_000_000_123, &value)
            .unwrap()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(
            hex,
            "83011b0000018bcfe5687ba365737461746568616e737765726564657661\
             6c7565226377686f84 63e6af8df6f5fb3fe0000000000000"
                .replace(' ', "")
        );
    }
}

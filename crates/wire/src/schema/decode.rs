//! One Avro payload → JSON values. Written here rather than taken from `apache-avro` (which reads
//! the schema) because that decoder takes a payload cut short for one full of nulls, and reserves
//! memory for a length before it has seen the bytes. This one fails on both: a payload must be
//! used up exactly, and memory stays in proportion to the payload.
//!
//! 64-bit numbers stay 64-bit (`commitNumber` is above 2^53), bytes become base64 text, an
//! enumeration its word, a union its branch's value. A field that is null has no entry: most fields
//! of a change event are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value};

use super::error::{Error, Result};
use super::shape::{EventSchema, Record, Shape};

/// Deepest nesting of values.
const DEEPEST: usize = 64;
/// Memory a payload may take, in bytes, for each of its own and to begin with. A change event of
/// nothing but nulls has a field name for each byte.
const MEMORY_PER_BYTE: usize = 512;
const SPARE_MEMORY: usize = 2 * 1024 * 1024;
/// What one value takes in a list; a map entry takes its name and about twice this.
const ONE_VALUE: usize = 64;
/// A map's first node, taken with its first entry.
const ONE_MAP: usize = 640;

/// Decodes a payload with the schema it was written with.
pub fn decode(schema: &EventSchema, payload: &[u8]) -> Result<Map<String, Value>> {
    let root = schema.root()?;
    let budget = payload.len().saturating_mul(MEMORY_PER_BYTE).saturating_add(SPARE_MEMORY);
    let mut reader = Reader { schema, bytes: payload, budget };
    let mismatch = |reason: String| Error::PayloadMismatch { id: schema.id().to_string(), reason };
    let mut values = Map::new();
    for (name, shape) in &root.fields {
        let value =
            reader.value(shape, 0).map_err(|reason| mismatch(format!("field {name}: {reason}")))?;
        if !value.is_null() {
            values.insert(name.clone(), value);
        }
    }
    if !reader.bytes.is_empty() {
        return Err(mismatch(format!("{} bytes are left over", reader.bytes.len())));
    }
    Ok(values)
}

type Read<T> = std::result::Result<T, &'static str>;

struct Reader<'a> {
    schema: &'a EventSchema,
    bytes: &'a [u8],
    budget: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, shape: &'a Shape, depth: usize) -> Read<Value> {
        self.take_memory(ONE_VALUE)?;
        if depth > DEEPEST {
            return Err("nested too deeply");
        }
        Ok(match self.schema.resolve(shape) {
            Shape::Null | Shape::Named(_) => Value::Null,
            Shape::Boolean => match self.take(1)? {
                [0] => Value::Bool(false),
                [1] => Value::Bool(true),
                _ => return Err("a boolean is neither 0 nor 1"),
            },
            Shape::Int => {
                let number = i32::try_from(self.long()?).map_err(|_| "an int is too large")?;
                Value::from(number)
            }
            Shape::Long => Value::from(self.long()?),
            Shape::Float => {
                let bytes = self.array::<4>()?;
                finite(f64::from(f32::from_le_bytes(bytes)))?
            }
            Shape::Double => finite(f64::from_le_bytes(self.array::<8>()?))?,
            Shape::Bytes => {
                let length = self.length()?;
                Value::String(STANDARD.encode(self.take(length)?))
            }
            Shape::Text => Value::String(self.text()?),
            Shape::Fixed(size) => Value::String(STANDARD.encode(self.take(*size)?)),
            Shape::Enumeration(words) => {
                let at = usize::try_from(self.long()?).map_err(|_| "an enumeration is negative")?;
                Value::String(words.get(at).ok_or("an enumeration has no such word")?.clone())
            }
            Shape::Choice(branches) => {
                let at = usize::try_from(self.long()?).map_err(|_| "a union is negative")?;
                let branch = branches.get(at).ok_or("a union has no such branch")?;
                self.value(branch, depth + 1)?
            }
            Shape::List(item) => {
                let mut items = Vec::new();
                while let Some(count) = self.block()? {
                    for _ in 0..count {
                        items.push(self.value(item, depth + 1)?);
                    }
                }
                Value::Array(items)
            }
            Shape::Map(item) => {
                let mut items = Map::new();
                self.take_memory(ONE_MAP)?;
                while let Some(count) = self.block()? {
                    for _ in 0..count {
                        let key = self.text()?;
                        self.take_memory(ONE_VALUE)?;
                        items.insert(key, self.value(item, depth + 1)?);
                    }
                }
                Value::Object(items)
            }
            Shape::Record(record) => Value::Object(self.record(record, depth)?),
        })
    }

    fn record(&mut self, record: &'a Record, depth: usize) -> Read<Map<String, Value>> {
        let mut values = Map::new();
        self.take_memory(ONE_MAP)?;
        for (name, shape) in &record.fields {
            self.take_memory(ONE_VALUE + name.len())?;
            let value = self.value(shape, depth + 1)?;
            if !value.is_null() {
                values.insert(name.clone(), value);
            }
        }
        Ok(values)
    }

    /// Refuses before it is taken what would be out of proportion: names come from the schema, so
    /// a short payload may ask for many long ones.
    fn take_memory(&mut self, bytes: usize) -> Read<()> {
        self.budget = self.budget.checked_sub(bytes).ok_or("too many values for its length")?;
        Ok(())
    }

    /// Items in the next block of a list or map; `None` at its end. A negative count is followed
    /// by the block's size in bytes, which we need not know.
    fn block(&mut self) -> Read<Option<usize>> {
        let count = self.long()?;
        if count == 0 {
            return Ok(None);
        }
        if count < 0 {
            self.long()?;
        }
        usize::try_from(count.unsigned_abs()).map(Some).map_err(|_| "a block is too long")
    }

    fn long(&mut self) -> Read<i64> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let [byte] = self.array::<1>()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err("a number is too large");
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err("a number is too long")
    }

    fn length(&mut self) -> Read<usize> {
        usize::try_from(self.long()?).map_err(|_| "a length is negative")
    }

    fn text(&mut self) -> Read<String> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map(str::to_string).map_err(|_| "a text is not UTF-8")
    }

    fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        let (taken, rest) =
            self.bytes.split_at_checked(count).ok_or("the payload ends too early")?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let (taken, rest) =
            self.bytes.split_first_chunk::<N>().ok_or("the payload ends too early")?;
        self.bytes = rest;
        Ok(*taken)
    }
}

fn finite(number: f64) -> Read<Value> {
    Number::from_f64(number).map(Value::Number).ok_or("a number is not finite")
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;

//! The instructions of a pickle that dictionaries of tensors need; nothing is imported, called or run.

use std::collections::HashMap;

use super::storage::Kind;
use super::value::{Global, Id, Storage, Value, View};
use crate::{Error, Result};

/// The values of one pickle.
pub(super) struct Pickle<'a> {
    values: Vec<Value<'a>>,
    root: Id,
}

impl<'a> Pickle<'a> {
    pub(super) fn get(&self, id: Id) -> &Value<'a> {
        &self.values[id.0]
    }

    pub(super) fn values(&self) -> &[Value<'a>] {
        &self.values
    }

    pub(super) fn root(&self) -> Id {
        self.root
    }
}

/// No pickle may have more instructions: a tensor has about 40, and each instruction takes up to 100 bytes of memory.
const MOST_INSTRUCTIONS: usize = 1_000_000;

/// PyTorch's keys of storages are numbers.
const LONGEST_KEY: usize = 128;

/// Reads the pickle at the start of `bytes`; gives its values and what follows it.
pub(super) fn read(bytes: &[u8]) -> Result<(Pickle<'_>, &[u8])> {
    let mut machine = Machine {
        rest: bytes,
        values: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    let mut instructions = 0;
    while machine.step()? {
        instructions += 1;
        if instructions == MOST_INSTRUCTIONS {
            return Err(Error::too_large(format!("a pickle of more than {MOST_INSTRUCTIONS} instructions")));
        }
    }
    let root = machine.pop()?;
    Ok((Pickle { values: machine.values, root }, machine.rest))
}

struct Machine<'a> {
    rest: &'a [u8],
    values: Vec<Value<'a>>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

/// The start of a text from the file, which may have any length.
fn short(text: &str) -> String {
    text.chars().take(100).collect()
}

fn malformed(message: impl Into<String>) -> Error {
    Error::malformed(format!("pickle: {}", message.into()))
}

impl<'a> Machine<'a> {
    /// Runs one instruction; false at the end.
    fn step(&mut self) -> Result<bool> {
        let code = self.uint(1)? as u8;
        match code {
            b'.' => return Ok(false),
            0x80 => drop(self.take(1)?), // PROTO
            0x95 => drop(self.take(8)?), // FRAME
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'N' => self.push(Value::None),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'K' | b'M' | b'J' | 0x8A | b'G' => self.number(code)?,
            b'X' | 0x8C | b'T' | b'U' => self.text(code)?,
            b')' => self.push(Value::Tuple(Vec::new())),
            b']' => self.push(Value::List(Vec::new())),
            b'}' => self.push(Value::Dictionary(Vec::new())),
            0x85..=0x87 => self.short_tuple(usize::from(code - 0x84))?,
            b't' => {
                let items = self.marked()?;
                self.push(Value::Tuple(items));
            }
            b'a' | b'e' | b's' | b'u' => self.extend(code)?,
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.remember(code)?,
            b'c' | 0x93 => self.global(code)?,
            b'R' => self.reduce()?,
            b'b' => self.build()?,
            b'Q' => self.persistent()?,
            _ => {
                let shown =
                    if code.is_ascii_graphic() { format!(" ({})", code as char) } else { String::new() };
                return Err(Error::unsupported(format!(
                    "pickle: instruction 0x{code:02x}{shown} is not needed for tensors and not run; \
                     save the state dictionary alone, with torch.save(model.state_dict(), …)"
                )));
            }
        }
        Ok(true)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| malformed("it has no end"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn uint(&mut self, width: usize) -> Result<u64> {
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(self.take(width)?);
        Ok(u64::from_le_bytes(bytes))
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(Id(self.values.len()));
        self.values.push(value);
    }

    fn pop(&mut self) -> Result<Id> {
        let is_there = self.stack.len() > self.marks.last().copied().unwrap_or(0);
        let top = if is_there { self.stack.pop() } else { None };
        top.ok_or_else(|| malformed("it takes a value that is not there"))
    }

    /// The values since the last mark.
    fn marked(&mut self) -> Result<Vec<Id>> {
        let mark = self.marks.pop().ok_or_else(|| malformed("it takes a mark that is not there"))?;
        Ok(self.stack.split_off(mark))
    }

    fn number(&mut self, code: u8) -> Result<()> {
        let value = match code {
            b'K' => Value::Int(self.uint(1)? as i64),
            b'M' => Value::Int(self.uint(2)? as i64),
            b'J' => Value::Int((self.uint(4)? as u32 as i32).into()),
            b'G' => Value::Float(f64::from_bits(self.uint(8)?.swap_bytes())),
            _ => {
                let length = self.uint(1)? as usize;
                let bytes = self.take(length)?;
                let negative = bytes.last().is_some_and(|last| last & 0x80 != 0);
                let mut padded = [if negative { 0xFF } else { 0 }; 8];
                match padded.get_mut(..length) {
                    Some(start) => start.copy_from_slice(bytes),
                    None => return Err(malformed(format!("a number of {length} bytes"))),
                }
                Value::Int(i64::from_le_bytes(padded))
            }
        };
        self.push(value);
        Ok(())
    }

    fn text(&mut self, code: u8) -> Result<()> {
        let width = if matches!(code, b'X' | b'T') { 4 } else { 1 };
        let length = self.uint(width)? as usize;
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| malformed("a text is not UTF-8"))?;
        self.push(Value::Text(text));
        Ok(())
    }

    fn short_tuple(&mut self, length: usize) -> Result<()> {
        let mut items = (0..length).map(|_| self.pop()).collect::<Result<Vec<Id>>>()?;
        items.reverse();
        self.push(Value::Tuple(items));
        Ok(())
    }

    /// Adds to the list or dictionary below the new values.
    fn extend(&mut self, code: u8) -> Result<()> {
        let items = match code {
            b'a' => vec![self.pop()?],
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.marked()?,
        };
        let target = *self.stack.last().ok_or_else(|| malformed("it fills a list that is not there"))?;
        match (&mut self.values[target.0], code) {
            (Value::List(list), b'a' | b'e') => list.extend(items),
            (Value::Dictionary(entries), b's' | b'u') if items.len() % 2 == 0 => {
                entries.extend(items.as_chunks().0.iter().map(|[key, value]| (*key, *value)));
            }
            _ => return Err(malformed("it fills what is no list or dictionary")),
        }
        Ok(())
    }

    /// Puts the top into the memory, or takes something out of it.
    fn remember(&mut self, code: u8) -> Result<()> {
        let index = match code {
            b'q' | b'h' => self.uint(1)? as u32,
            b'r' | b'j' => self.uint(4)? as u32,
            _ => self.memo.len() as u32,
        };
        if matches!(code, b'h' | b'j') {
            let id = self.memo.get(&index).ok_or_else(|| malformed("it recalls what it never remembered"))?;
            self.stack.push(*id);
        } else {
            let top = *self.stack.last().ok_or_else(|| malformed("it remembers what is not there"))?;
            self.memo.insert(index, top);
        }
        Ok(())
    }

    fn global(&mut self, code: u8) -> Result<()> {
        let (module, name) = if code == b'c' {
            (self.line()?, self.line()?)
        } else {
            let (name, module) = (self.pop()?, self.pop()?);
            match (&self.values[module.0], &self.values[name.0]) {
                (Value::Text(module), Value::Text(name)) => (*module, *name),
                _ => return Err(malformed("a name that is no text")),
            }
        };
        let global = match (module, name) {
            ("collections", "OrderedDict") => Some(Global::OrderedDictionary),
            ("torch._utils", "_rebuild_tensor_v2") => Some(Global::RebuildTensor),
            ("torch._utils", "_rebuild_parameter") => Some(Global::RebuildParameter),
            ("torch", name) => Kind::from_name(name).map(Global::Storage),
            _ => None,
        };
        let global = global.ok_or_else(|| {
            Error::unsupported(format!(
                "pickle: it wants {}.{}, which could be any code and is not run; \
                 save the state dictionary alone, with torch.save(model.state_dict(), …)",
                short(module),
                short(name)
            ))
        })?;
        self.push(Value::Global(global));
        Ok(())
    }

    fn line(&mut self) -> Result<&'a str> {
        let length =
            self.rest.iter().position(|byte| *byte == b'\n').ok_or_else(|| malformed("it has no end"))?;
        let line = std::str::from_utf8(self.take(length)?).map_err(|_| malformed("a name is not UTF-8"))?;
        self.take(1)?;
        Ok(line)
    }

    /// Makes what a name and its arguments stand for.
    fn reduce(&mut self) -> Result<()> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let Value::Tuple(arguments) = &self.values[arguments.0] else {
            return Err(malformed("arguments that are no tuple"));
        };
        match (&self.values[callee.0], arguments.as_slice()) {
            (Value::Global(Global::OrderedDictionary), []) => self.push(Value::Dictionary(Vec::new())),
            (Value::Global(Global::RebuildTensor), [storage, offset, shape, strides, ..]) => {
                let view = View {
                    storage: *storage,
                    offset: self.whole(*offset)?,
                    shape: self.wholes(*shape)?,
                    strides: self.wholes(*strides)?,
                };
                if !matches!(self.values[storage.0], Value::Storage(_))
                    || view.shape.len() != view.strides.len()
                {
                    return Err(malformed("a tensor without its storage, or with too few strides"));
                }
                self.push(Value::Tensor(view));
            }
            (Value::Global(Global::RebuildParameter), [tensor, ..]) => self.stack.push(*tensor),
            (callee, arguments) => {
                let what = match callee {
                    Value::Global(global) => format!("{global:?}"),
                    other => other.kind().to_owned(),
                };
                return Err(malformed(format!("{} arguments do not make {what}", arguments.len())));
            }
        }
        Ok(())
    }

    /// Sets attributes of a dictionary; a state dictionary keeps the versions of its modules there.
    fn build(&mut self) -> Result<()> {
        self.pop()?;
        match self.stack.last().map(|top| &self.values[top.0]) {
            Some(Value::Dictionary(_) | Value::Tensor(_)) => Ok(()),
            _ => Err(malformed("attributes of what is no dictionary")),
        }
    }

    /// `('storage', type, key, device, elements)`, and in old files what part of it is meant: always all.
    fn persistent(&mut self) -> Result<()> {
        let id = self.pop()?;
        let Value::Tuple(parts) = &self.values[id.0] else {
            return Err(malformed("a storage that is no tuple"));
        };
        let values: Vec<&Value<'a>> = parts.iter().map(|part| &self.values[part.0]).collect();
        let (described, part) = values.split_at(values.len().min(5));
        let storage = match (described, part) {
            (
                [
                    Value::Text("storage"),
                    Value::Global(Global::Storage(kind)),
                    Value::Text(key),
                    _,
                    Value::Int(count),
                ],
                [] | [Value::None],
            ) if key.len() <= LONGEST_KEY => {
                let elements =
                    usize::try_from(*count).map_err(|_| malformed("a storage of negative size"))?;
                Storage { kind: *kind, key, elements }
            }
            _ => return Err(malformed("a storage of a form that is not known")),
        };
        self.push(Value::Storage(storage));
        Ok(())
    }

    fn whole(&self, id: Id) -> Result<usize> {
        match &self.values[id.0] {
            Value::Int(number) => {
                usize::try_from(*number).map_err(|_| malformed(format!("a size of {number}")))
            }
            other => Err(malformed(format!("expected a size, received {}", other.kind()))),
        }
    }

    fn wholes(&self, id: Id) -> Result<Vec<usize>> {
        match &self.values[id.0] {
            Value::Tuple(items) | Value::List(items) => items.iter().map(|item| self.whole(*item)).collect(),
            other => Err(malformed(format!("expected sizes, received {}", other.kind()))),
        }
    }
}

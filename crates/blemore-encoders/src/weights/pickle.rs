//! Pickles, read as data: a stack machine that builds a tree and calls nothing.
//!
//! A pickle is a program for a small stack machine. Python runs it and calls whatever function it names. Here the
//! instructions build nodes: numbers, texts, lists, dictionaries, storages and tensors. The few functions that PyTorch
//! writes into checkpoints are known by name, and their results are computed here. What any other function or class
//! would make is an opaque node, which can be stepped over but has no contents. Protocols 0 to 5 are read.

use std::collections::HashMap;
use std::io::{BufRead, Read};

use super::{ElementType, PickleProblem};

/// Most bytes of a file's pickles: thirty times those of ImageBind's.
pub(super) const MAX_PICKLE_BYTES: u64 = 32 << 20;
/// Most steps of one pickle: instructions, and items that an instruction copies.
const MAX_STEPS: usize = 4_000_000;
/// Most dimensions of a tensor.
const MAX_DIMENSIONS: usize = 16;
/// Longest name of a class, key of a storage or part of a tensor's name, in bytes. Names are copied, so that without a
/// limit a small file could ask for any amount of memory.
pub(super) const MAX_NAME_BYTES: usize = 1 << 10;

/// The place of a node in its tree.
pub(super) type Id = usize;

/// One value of a pickle.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    None,
    Bool(bool),
    Int(i64),
    Text(String),
    /// A list or a tuple.
    List(Vec<Id>),
    /// Keys and values in the order in which they were set.
    Dict(Vec<(Id, Id)>),
    /// The name of a function or class: module and name.
    Global(String, String),
    Storage(Storage),
    Tensor(Tensor),
    /// An object of a class that is not known, or a value that no checkpoint needs.
    Opaque,
}

/// A storage that lies elsewhere in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Storage {
    pub(super) key: String,
    pub(super) element: ElementType,
    pub(super) count: u64,
    /// Where a view of another storage starts, in elements.
    pub(super) first: u64,
}

/// A view of a storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    /// The node of the storage.
    pub(super) storage: Id,
    pub(super) first: usize,
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<usize>,
}

/// A tree of nodes.
#[derive(Debug)]
pub(super) struct Pickle {
    nodes: Vec<Node>,
    root: Id,
}

impl Pickle {
    pub(super) fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    pub(super) fn root(&self) -> &Node {
        &self.nodes[self.root]
    }

    /// The value of a text key, if the root is a dictionary that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let Node::Dict(pairs) = self.root() else { return None };
        let found =
            pairs.iter().rev().find(|(name, _)| matches!(self.node(*name), Node::Text(name) if name == key));
        found.map(|(_, value)| self.node(*value))
    }

    /// Bytes per element of every storage, by its key.
    pub(super) fn storages(&self) -> HashMap<&str, usize> {
        let storages = self.nodes.iter().filter_map(|node| match node {
            Node::Storage(storage) => Some((storage.key.as_str(), storage.element.bytes())),
            _ => None,
        });
        storages.collect()
    }
}

/// Reads one pickle, up to and with its end mark.
pub(super) fn load(reader: &mut impl BufRead, limit: u64) -> Result<Pickle, PickleProblem> {
    let mut machine = Machine {
        input: reader.take(limit),
        limit,
        nodes: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        steps: 0,
    };
    match machine.run() {
        Ok(root) => Ok(Pickle { nodes: machine.nodes, root }),
        Err(PickleProblem::Ends) if machine.input.limit() == 0 => Err(PickleProblem::TooLarge),
        Err(problem) => Err(problem),
    }
}

struct Machine<R> {
    input: std::io::Take<R>,
    limit: u64,
    nodes: Vec<Node>,
    stack: Vec<Id>,
    /// Heights of the stack at its open marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    steps: usize,
}

impl<R: BufRead> Machine<R> {
    fn run(&mut self) -> Result<Id, PickleProblem> {
        loop {
            let position = self.position();
            self.charge(1)?;
            let [opcode] = self.bytes()?;
            match opcode {
                b'.' => return self.pop(),
                0x80 => self.skip(1)?,
                0x95 => self.skip(8)?,
                b'(' => self.marks.push(self.stack.len()),
                b'0' => self.discard()?,
                b'1' => drop(self.pop_to_mark()?),
                b'2' => {
                    let top = self.top()?;
                    self.stack.push(top);
                }
                b'N' => self.push(Node::None),
                0x88 => self.push(Node::Bool(true)),
                0x89 => self.push(Node::Bool(false)),
                b'I' | b'L' => self.push_decimal()?,
                b'K' => self.push_unsigned::<1>()?,
                b'M' => self.push_unsigned::<2>()?,
                b'J' => {
                    let value = i32::from_le_bytes(self.bytes()?);
                    self.push(Node::Int(i64::from(value)));
                }
                0x8a => self.push_long::<1>()?,
                0x8b => self.push_long::<4>()?,
                b'G' => {
                    self.skip(8)?;
                    self.push(Node::Opaque);
                }
                b'F' => {
                    self.line()?;
                    self.push(Node::Opaque);
                }
                b'X' => self.push_text::<4>()?,
                0x8c => self.push_text::<1>()?,
                0x8d => self.push_text::<8>()?,
                // Texts of Python 2, and of its unicode type.
                b'U' => self.push_text::<1>()?,
                b'T' => self.push_text::<4>()?,
                b'S' => {
                    let line = self.line()?;
                    self.push(Node::Text(line.trim_matches(['\'', '"']).to_owned()));
                }
                b'V' => {
                    let line = self.line()?;
                    self.push(Node::Text(line));
                }
                b'C' => self.push_blob::<1>()?,
                b'B' => self.push_blob::<4>()?,
                0x8e | 0x96 => self.push_blob::<8>()?,
                b']' | b')' | 0x8f => self.push(Node::List(Vec::new())),
                b'}' => self.push(Node::Dict(Vec::new())),
                b't' | b'l' | 0x91 => {
                    let items = self.pop_to_mark()?;
                    self.push(Node::List(items));
                }
                0x85..=0x87 => {
                    let first = self.height_above_mark(usize::from(opcode - 0x84))?;
                    let items = self.stack.split_off(first);
                    self.push(Node::List(items));
                }
                b'd' => {
                    let items = self.pop_to_mark()?;
                    self.push(Node::Dict(Vec::new()));
                    self.set_items(&items)?;
                }
                b'a' => {
                    let item = self.pop()?;
                    self.append(&[item])?;
                }
                b'e' | 0x90 => {
                    let items = self.pop_to_mark()?;
                    self.append(&items)?;
                }
                b's' => {
                    let first = self.height_above_mark(2)?;
                    let items = self.stack.split_off(first);
                    self.set_items(&items)?;
                }
                b'u' => {
                    let items = self.pop_to_mark()?;
                    self.set_items(&items)?;
                }
                b'p' | b'g' => {
                    let line = self.line()?;
                    let index = line.trim().parse().map_err(|_| self.malformed("a number is none"))?;
                    if opcode == b'p' { self.memorise(index)? } else { self.recall(index)? }
                }
                b'q' => {
                    let index = self.unsigned::<1>()? as u32;
                    self.memorise(index)?;
                }
                b'r' => {
                    let index = self.unsigned::<4>()? as u32;
                    self.memorise(index)?;
                }
                0x94 => self.memorise(self.memo.len() as u32)?,
                b'h' => {
                    let index = self.unsigned::<1>()? as u32;
                    self.recall(index)?;
                }
                b'j' => {
                    let index = self.unsigned::<4>()? as u32;
                    self.recall(index)?;
                }
                b'c' => {
                    let (module, name) = (self.line()?, self.line()?);
                    self.push(Node::Global(module, name));
                }
                0x93 => {
                    let (name, module) = (self.pop()?, self.pop()?);
                    let (Node::Text(module), Node::Text(name)) = (&self.nodes[module], &self.nodes[name])
                    else {
                        return Err(self.malformed("the name of a class is no text"));
                    };
                    if module.len().max(name.len()) > MAX_NAME_BYTES {
                        return Err(self.malformed("the name of a class is too long"));
                    }
                    let (module, name) = (module.clone(), name.clone());
                    self.push(Node::Global(module, name));
                }
                b'i' => {
                    let (module, name) = (self.line()?, self.line()?);
                    self.pop_to_mark()?;
                    self.push(constructed(&module, &name));
                }
                b'o' => {
                    let items = self.pop_to_mark()?;
                    self.push_constructed(items.first().copied())?;
                }
                b'R' => {
                    let (arguments, function) = (self.pop()?, self.pop()?);
                    let result = self.called(function, arguments)?;
                    match result {
                        Called::New(node) => self.push(node),
                        Called::Known(id) => self.stack.push(id),
                    }
                }
                0x81 => {
                    self.pop()?;
                    let class = self.pop()?;
                    self.push_constructed(Some(class))?;
                }
                0x92 => {
                    self.pop()?;
                    self.pop()?;
                    let class = self.pop()?;
                    self.push_constructed(Some(class))?;
                }
                // The state of an object. A dictionary with attributes stays a dictionary.
                b'b' => {
                    self.pop()?;
                    self.top()?;
                }
                b'Q' => {
                    let description = self.pop()?;
                    let storage = self.persistent(description)?;
                    self.push(storage);
                }
                _ => return Err(PickleProblem::Opcode { opcode, position }),
            }
        }
    }

    fn position(&self) -> u64 {
        self.limit - self.input.limit()
    }

    fn malformed(&self, what: &'static str) -> PickleProblem {
        PickleProblem::Malformed { position: self.position(), what }
    }

    fn charge(&mut self, steps: usize) -> Result<(), PickleProblem> {
        self.steps += steps;
        if self.steps > MAX_STEPS { Err(PickleProblem::TooLarge) } else { Ok(()) }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], PickleProblem> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// The next so many bytes. Memory grows only with bytes that are there.
    fn blob(&mut self, length: u64) -> Result<Vec<u8>, PickleProblem> {
        let mut bytes = Vec::new();
        self.input.by_ref().take(length).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < length { Err(PickleProblem::Ends) } else { Ok(bytes) }
    }

    fn skip(&mut self, length: u64) -> Result<(), PickleProblem> {
        let skipped = std::io::copy(&mut self.input.by_ref().take(length), &mut std::io::sink())?;
        if skipped < length { Err(PickleProblem::Ends) } else { Ok(()) }
    }

    fn line(&mut self) -> Result<String, PickleProblem> {
        let mut bytes = Vec::new();
        self.input.read_until(b'\n', &mut bytes)?;
        if bytes.pop() != Some(b'\n') {
            return Err(PickleProblem::Ends);
        }
        String::from_utf8(bytes).map_err(|_| self.malformed("a text is not UTF-8"))
    }

    fn unsigned<const N: usize>(&mut self) -> Result<u64, PickleProblem> {
        let bytes: [u8; N] = self.bytes()?;
        let mut value = [0; 8];
        value[..N].copy_from_slice(&bytes);
        Ok(u64::from_le_bytes(value))
    }

    fn push(&mut self, node: Node) {
        self.stack.push(self.nodes.len());
        self.nodes.push(node);
    }

    fn push_unsigned<const N: usize>(&mut self) -> Result<(), PickleProblem> {
        let value = self.unsigned::<N>()?;
        self.push(Node::Int(value as i64));
        Ok(())
    }

    /// A whole number in decimal digits. What is beyond 64 bits is opaque.
    fn push_decimal(&mut self) -> Result<(), PickleProblem> {
        let line = self.line()?;
        self.push(match line.as_str() {
            "00" => Node::Bool(false),
            "01" => Node::Bool(true),
            digits => digits.trim_end_matches('L').parse().map_or(Node::Opaque, Node::Int),
        });
        Ok(())
    }

    /// A whole number of as many bytes as its length says. What is beyond 64 bits is opaque.
    fn push_long<const N: usize>(&mut self) -> Result<(), PickleProblem> {
        let length = self.unsigned::<N>()?;
        let bytes = self.blob(length)?;
        self.push(if bytes.len() > 8 {
            Node::Opaque
        } else {
            let filler = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
            let mut value = [filler; 8];
            value[..bytes.len()].copy_from_slice(&bytes);
            Node::Int(i64::from_le_bytes(value))
        });
        Ok(())
    }

    fn push_text<const N: usize>(&mut self) -> Result<(), PickleProblem> {
        let length = self.unsigned::<N>()?;
        let bytes = self.blob(length)?;
        // Texts of Python 2 may be any bytes; no name of a tensor is.
        self.push(String::from_utf8(bytes).map_or(Node::Opaque, Node::Text));
        Ok(())
    }

    fn push_blob<const N: usize>(&mut self) -> Result<(), PickleProblem> {
        let length = self.unsigned::<N>()?;
        self.skip(length)?;
        self.push(Node::Opaque);
        Ok(())
    }

    fn push_constructed(&mut self, class: Option<Id>) -> Result<(), PickleProblem> {
        let Some(Node::Global(module, name)) = class.map(|class| &self.nodes[class]) else {
            return Err(self.malformed("an object has no class"));
        };
        let node = constructed(module, name);
        self.push(node);
        Ok(())
    }

    /// The height of the stack below its `count` upper items, which no mark may lie between.
    fn height_above_mark(&self, count: usize) -> Result<usize, PickleProblem> {
        let lowest = self.marks.last().copied().unwrap_or(0);
        let height = self.stack.len().checked_sub(count).filter(|height| *height >= lowest);
        height.ok_or_else(|| self.malformed("there are too few values"))
    }

    fn top(&self) -> Result<Id, PickleProblem> {
        self.height_above_mark(1).map(|height| self.stack[height])
    }

    fn pop(&mut self) -> Result<Id, PickleProblem> {
        let height = self.height_above_mark(1)?;
        let top = self.stack[height];
        self.stack.truncate(height);
        Ok(top)
    }

    /// Takes away the topmost value, or the mark that lies there.
    fn discard(&mut self) -> Result<(), PickleProblem> {
        match self.marks.last() {
            Some(mark) if *mark == self.stack.len() => {
                self.marks.pop();
                Ok(())
            }
            _ => self.pop().map(drop),
        }
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, PickleProblem> {
        let mark = self.marks.pop().ok_or_else(|| self.malformed("there is no mark"))?;
        Ok(self.stack.split_off(mark))
    }

    fn memorise(&mut self, index: u32) -> Result<(), PickleProblem> {
        let top = self.top()?;
        self.memo.insert(index, top);
        Ok(())
    }

    fn recall(&mut self, index: u32) -> Result<(), PickleProblem> {
        let id = self.memo.get(&index).copied().ok_or_else(|| self.malformed("a value was never kept"))?;
        self.stack.push(id);
        Ok(())
    }

    fn append(&mut self, items: &[Id]) -> Result<(), PickleProblem> {
        let list = self.top()?;
        match &mut self.nodes[list] {
            Node::List(list) => list.extend(items),
            Node::Opaque => {}
            _ => return Err(self.malformed("what items are added to is no list")),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<(), PickleProblem> {
        let dict = self.top()?;
        let (pairs, []) = items.as_chunks::<2>() else {
            return Err(self.malformed("a key has no value"));
        };
        match &mut self.nodes[dict] {
            Node::Dict(dict) => dict.extend(pairs.iter().map(|[key, value]| (*key, *value))),
            Node::Opaque => {}
            _ => return Err(self.malformed("what keys are set in is no dictionary")),
        }
        Ok(())
    }

    /// What a function would return.
    fn called(&mut self, function: Id, arguments: Id) -> Result<Called, PickleProblem> {
        let Node::List(arguments) = &self.nodes[arguments] else {
            return Err(self.malformed("arguments are no tuple"));
        };
        let Node::Global(module, name) = &self.nodes[function] else {
            return Ok(Called::New(Node::Opaque));
        };
        match (module.as_str(), name.as_str()) {
            ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => {
                self.tensor(arguments).map(|tensor| Called::New(Node::Tensor(tensor)))
            }
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
                let data = arguments.first().copied();
                data.map(Called::Known).ok_or_else(|| self.malformed("a parameter has no tensor"))
            }
            ("torch._tensor", "_rebuild_from_type_v2") => match arguments.as_slice() {
                [inner, _, inner_arguments, ..] if *inner != function => {
                    let (inner, inner_arguments) = (*inner, *inner_arguments);
                    match &self.nodes[inner] {
                        // Once is what PyTorch writes; an endless chain would be an attack.
                        Node::Global(_, name) if name != "_rebuild_from_type_v2" => {
                            self.called(inner, inner_arguments)
                        }
                        _ => Ok(Called::New(Node::Opaque)),
                    }
                }
                _ => Ok(Called::New(Node::Opaque)),
            },
            ("collections", "OrderedDict") if !arguments.is_empty() => self.dict_of_pairs(arguments[0]),
            _ => Ok(Called::New(constructed(module, name))),
        }
    }

    /// The dictionary of a list of pairs, as Python 2 wrote it.
    fn dict_of_pairs(&mut self, list: Id) -> Result<Called, PickleProblem> {
        let Node::List(list) = &self.nodes[list] else { return Ok(Called::New(Node::Opaque)) };
        let pairs: Option<Vec<_>> = list
            .iter()
            .map(|pair| match &self.nodes[*pair] {
                Node::List(pair) if pair.len() == 2 => Some((pair[0], pair[1])),
                _ => None,
            })
            .collect();
        self.charge(pairs.as_ref().map_or(0, Vec::len))?;
        Ok(Called::New(pairs.map_or(Node::Opaque, Node::Dict)))
    }

    /// A tensor by the arguments storage, offset, sizes, strides.
    fn tensor(&self, arguments: &[Id]) -> Result<Tensor, PickleProblem> {
        let [storage, first, shape, strides, ..] = arguments else {
            return Err(self.malformed("a tensor lacks storage, offset, sizes or strides"));
        };
        if !matches!(self.nodes[*storage], Node::Storage(_)) {
            return Err(self.malformed("a tensor has no storage"));
        }
        let first = self.size(*first)?;
        let (shape, strides) = (self.sizes(*shape)?, self.sizes(*strides)?);
        if shape.len() != strides.len() {
            return Err(self.malformed("a tensor has not as many strides as sizes"));
        }
        Ok(Tensor { storage: *storage, first, shape, strides })
    }

    fn sizes(&self, list: Id) -> Result<Vec<usize>, PickleProblem> {
        match &self.nodes[list] {
            Node::List(sizes) if sizes.len() <= MAX_DIMENSIONS => {
                sizes.iter().map(|id| self.size(*id)).collect()
            }
            _ => Err(self.malformed("the sizes of a tensor are no short tuple")),
        }
    }

    fn size(&self, id: Id) -> Result<usize, PickleProblem> {
        match self.nodes[id] {
            Node::Int(size) => usize::try_from(size).map_err(|_| self.malformed("a size is negative")),
            _ => Err(self.malformed("a size is no whole number")),
        }
    }

    /// A storage by its description: `storage`, its class, its key, its device, its length, and in old files a view.
    fn persistent(&self, description: Id) -> Result<Node, PickleProblem> {
        let Node::List(description) = &self.nodes[description] else {
            return Err(self.malformed("a reference is no tuple"));
        };
        let description: Vec<&Node> =
            description.iter().take(MAX_DIMENSIONS).map(|id| &self.nodes[*id]).collect();
        let [Node::Text(kind), Node::Global(_, class), Node::Text(key), _, Node::Int(count), view @ ..] =
            description.as_slice()
        else {
            // Old files refer so to the source code of their classes.
            return Ok(Node::Opaque);
        };
        let Some(element) = element_type(class).filter(|_| kind == "storage") else {
            return Ok(Node::Opaque);
        };
        let first = match view.first() {
            Some(Node::List(view)) => match view.get(1) {
                Some(first) => self.size(*first)? as u64,
                None => return Err(self.malformed("a view of a storage has no offset")),
            },
            _ => 0,
        };
        if key.len() > MAX_NAME_BYTES {
            return Err(self.malformed("the key of a storage is too long"));
        }
        let count = u64::try_from(*count).map_err(|_| self.malformed("a storage has a negative length"))?;
        Ok(Node::Storage(Storage { key: key.clone(), element, count, first }))
    }
}

/// What a call gives.
enum Called {
    New(Node),
    Known(Id),
}

/// A new object of a class.
fn constructed(module: &str, name: &str) -> Node {
    match (module, name) {
        ("collections", "OrderedDict" | "defaultdict" | "Counter") | ("builtins" | "__builtin__", "dict") => {
            Node::Dict(Vec::new())
        }
        _ => Node::Opaque,
    }
}

/// The element type of one of PyTorch's classes of storages.
fn element_type(class: &str) -> Option<ElementType> {
    Some(match class.strip_suffix("Storage")? {
        "Double" => ElementType::F64,
        "Float" => ElementType::F32,
        "Half" => ElementType::F16,
        "BFloat16" => ElementType::Bf16,
        "Long" => ElementType::I64,
        "Int" => ElementType::I32,
        "Short" => ElementType::I16,
        "Char" => ElementType::I8,
        "Byte" => ElementType::U8,
        "Bool" => ElementType::Bool,
        _ => return None,
    })
}

//! WeightFile files of PyTorch and safetensors, read by position and without running anything that is in them.
//!
//! Three containers are read: safetensors, the zip archive of today's `torch.save`, and the older format of
//! `torch.save` before version 1.6. Each gives the same two lists: named tensors, and the regions of the file that hold
//! their values. Opening a file reads its table of contents; values are read tensor by tensor, and only those that
//! somebody asks for.

mod legacy;
mod pickle;
mod problem;
mod safetensors;
mod state_dict;
mod values;
mod zip;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use blemore_base::InputFile;
use rawzip::{FileReader, ReaderAt};

pub use problem::{PickleProblem, WeightFileProblem};
pub use values::ElementType;

use crate::Error;

/// The first bytes of a zip archive.
const ZIP_SIGNATURE: &[u8] = b"PK\x03\x04";
/// The first bytes of `torch.save` before version 1.6: a pickle of the number 0x1950a86a20f9469cfc6c.
const LEGACY_SIGNATURE: &[u8] = &[0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46];
/// Most values of a tensor that repeats what is stored (a stride of 0), if it has more values than are stored.
const MAX_REPEATED: u64 = 1 << 16;

/// A tensor of a checkpoint: where its values are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    element: ElementType,
    shape: Vec<usize>,
    /// Elements from one index to the next, one per dimension.
    strides: Vec<usize>,
    /// Number of the first element in the region.
    first: usize,
    region: usize,
}

/// A stretch of the file that holds values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Region {
    start: u64,
    bytes: u64,
    /// The checksum that the file gives for the region, until it was verified.
    crc: Option<u32>,
}

/// The table of contents of a container.
#[derive(Debug, Default)]
struct Contents {
    tensors: BTreeMap<String, Stored>,
    regions: Vec<Region>,
}

/// A checkpoint file whose table of contents was read and checked.
///
/// Nested dictionaries give joined names: the tensor `a` of the dictionary `model` is `model.a`.
///
/// ```no_run
/// use blemore_encoders::WeightFile;
///
/// let mut weights = WeightFile::open("pytorch_model.bin")?;
/// for name in weights.names() {
///     println!("{name}: {:?}", weights.shape(name));
/// }
/// let projection: Vec<f32> = weights.read("visual_projection.weight")?;
/// # Ok::<(), blemore_encoders::Error>(())
/// ```
#[derive(Debug)]
pub struct WeightFile {
    path: PathBuf,
    file: FileReader,
    bytes: u64,
    contents: Contents,
}

impl WeightFile {
    /// Opens a safetensors file or a file of `torch.save`, whichever it is, and reads its table of contents.
    ///
    /// # Errors
    /// [`Error::Read`], and [`Error::UnusableFile`] for a file that is none, is damaged, or makes claims that cannot
    /// be true.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let unreadable = |source| Error::Read { path: path.to_owned(), source };
        let file = InputFile::open(path).map_err(unreadable)?;
        let bytes = file.length();
        let file = file.into_file();
        let again = file.try_clone().map_err(unreadable)?;
        let file = FileReader::from(file);
        match contents(&file, again, bytes) {
            Ok(contents) => Ok(Self { path: path.to_owned(), file, bytes, contents }),
            Err(WeightFileProblem::Io(source)) if source.kind() != io::ErrorKind::UnexpectedEof => {
                Err(unreadable(source))
            }
            Err(problem) => Err(Error::UnusableFile { path: path.to_owned(), problem }),
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of its tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.contents.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor, if there is one of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.contents.tensors.get(name).map(|stored| stored.shape.as_slice())
    }

    /// How the values of a tensor are stored, if there is one of this name.
    pub fn element_type(&self, name: &str) -> Option<ElementType> {
        self.contents.tensors.get(name).map(|stored| stored.element)
    }

    /// Length of the file in bytes: no honest checkpoint has more values.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The values of a tensor in C order. Half precision is widened to f32, f64 and whole numbers are rounded.
    ///
    /// # Errors
    /// [`Error::Read`], and [`Error::UnusableFile`] for a name that is not there or values whose checksum is wrong.
    pub fn read(&mut self, name: &str) -> Result<Vec<f32>, Error> {
        let fail = |path: &Path, problem| match problem {
            WeightFileProblem::Io(source) => Error::Read { path: path.to_owned(), source },
            problem => Error::UnusableFile { path: path.to_owned(), problem },
        };
        let Some(stored) = self.contents.tensors.get(name) else {
            return Err(fail(&self.path, WeightFileProblem::NoSuchTensor { name: name.to_owned() }));
        };
        let region = &mut self.contents.regions[stored.region];
        values::read(&self.file, stored, region).map_err(|problem| match problem {
            WeightFileProblem::Checksum { .. } => {
                fail(&self.path, WeightFileProblem::Checksum { name: name.to_owned() })
            }
            problem => fail(&self.path, problem),
        })
    }
}

/// Reads the table of contents of whatever container this is.
fn contents(file: &FileReader, again: File, bytes: u64) -> Result<Contents, WeightFileProblem> {
    let mut start = [0; 16];
    let known = start.len().min(usize::try_from(bytes).unwrap_or(usize::MAX));
    file.read_exact_at(&mut start[..known], 0)?;
    let start = &start[..known];
    let contents = if start.starts_with(ZIP_SIGNATURE) {
        zip::contents(again)?
    } else if start.starts_with(LEGACY_SIGNATURE) {
        legacy::contents(again, bytes)?
    } else if start.get(8) == Some(&b'{') {
        safetensors::contents(file, bytes)?
    } else {
        return Err(WeightFileProblem::of_other_file(start));
    };
    check(&contents, bytes)?;
    Ok(contents)
}

/// Checks that every region is in the file and every tensor in its region.
fn check(contents: &Contents, bytes: u64) -> Result<(), WeightFileProblem> {
    if let Some(region) = contents
        .regions
        .iter()
        .find(|region| region.start.checked_add(region.bytes).is_none_or(|end| end > bytes))
    {
        let expected = region.start.saturating_add(region.bytes);
        return Err(WeightFileProblem::Truncated { expected, found: bytes });
    }
    for (name, stored) in &contents.tensors {
        let held = contents.regions[stored.region].bytes / stored.element.bytes() as u64;
        let last = last_element(&stored.shape, &stored.strides, stored.first);
        let count = values_of(&stored.shape);
        let fits = last.is_some_and(|last| last.is_none_or(|last| last < held))
            && count.is_some_and(|count| count <= held.max(MAX_REPEATED));
        if !fits {
            return Err(WeightFileProblem::OutsideStorage {
                name: name.clone(),
                shape: stored.shape.clone(),
                held,
            });
        }
    }
    Ok(())
}

/// Number of values of a shape, unless it is beyond all numbers.
fn values_of(shape: &[usize]) -> Option<u64> {
    shape.iter().try_fold(1_u64, |product, size| product.checked_mul(*size as u64))
}

/// The largest element number that a tensor touches: `None` beyond all numbers, `Some(None)` without values.
fn last_element(shape: &[usize], strides: &[usize], first: usize) -> Option<Option<u64>> {
    if shape.contains(&0) {
        return Some(None);
    }
    let steps = shape.iter().zip(strides);
    let last = steps.map(|(size, stride)| (*size as u64 - 1).checked_mul(*stride as u64));
    last.into_iter().try_fold(first as u64, |sum, step| sum.checked_add(step?)).map(Some)
}

/// The strides of a tensor whose values lie in C order.
fn dense_strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for dimension in (1..shape.len()).rev() {
        strides[dimension - 1] = usize::saturating_mul(strides[dimension], shape[dimension].max(1));
    }
    strides
}

//! libtorch as this crate uses it: its devices, its threads, the memory of its tensors, and what a process sets once.

mod device;
mod malloc;
mod tensor_slices;
mod threads;

pub(crate) use device::torch_device;
pub use device::{check_device, devices, libtorch_version};
pub(crate) use malloc::give_back_large_blocks;
pub(crate) use tensor_slices::{assign, to_vec, values, values_mut, zeros};
pub(crate) use threads::Threads;

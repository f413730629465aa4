//! Devices, as libtorch knows them.

use blemore_run::Device;

use crate::Error;

/// Checks that the device is there.
///
/// # Errors
/// [`Error::NoSuchDevice`] when this libtorch does not see it.
pub fn check_device(device: Device) -> Result<(), Error> {
    torch_device(device).map(|_| ())
}

/// The version of libtorch that the program was built with, where its files tell it.
pub fn libtorch_version() -> Option<&'static str> {
    option_env!("BLEMORE_LIBTORCH")
}

/// The devices that this libtorch sees, the processor first.
pub fn devices() -> impl Iterator<Item = Device> {
    std::iter::once(Device::Cpu).chain((0..graphics_processors()).map(Device::Cuda))
}

fn graphics_processors() -> usize {
    usize::try_from(tch::Cuda::device_count()).unwrap_or(0)
}

/// libtorch's name of the device.
///
/// # Errors
/// Those of [`check_device`].
pub(crate) fn torch_device(device: Device) -> Result<tch::Device, Error> {
    match device {
        Device::Cpu => Ok(tch::Device::Cpu),
        Device::Cuda(index) => {
            let available = graphics_processors();
            if index < available {
                Ok(tch::Device::Cuda(index))
            } else {
                Err(Error::NoSuchDevice { device, available })
            }
        }
    }
}

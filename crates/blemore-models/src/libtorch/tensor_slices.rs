//! The memory of libtorch's tensors as slices.

use std::borrow::Cow;

use tch::{Device, Kind, TchError, Tensor};

use crate::Error;

/// A new tensor of zeros.
pub(crate) fn zeros(shape: &[usize], device: Device) -> Result<Tensor, Error> {
    let shape: Vec<i64> = shape.iter().map(|size| *size as i64).collect();
    Ok(Tensor::f_zeros(shape, (Kind::Float, device))?)
}

fn is_dense(tensor: &Tensor) -> Result<bool, Error> {
    Ok(tensor.f_kind()? == Kind::Float && tensor.device() == Device::Cpu && tensor.is_contiguous())
}

/// The values of a contiguous f32 tensor in main memory, row by row.
///
/// # Errors
/// [`Error::Torch`] for any other tensor.
pub(crate) fn values_mut(tensor: &mut Tensor) -> Result<&mut [f32], Error> {
    if !is_dense(tensor)? {
        return Err(Error::Torch(TchError::Kind("not a contiguous f32 tensor in main memory".to_owned())));
    }
    let length = tensor.numel();
    if length == 0 {
        return Ok(&mut []);
    }
    // SAFETY: the tensor is defined (its kind was read), dense, in main memory and holds `length` f32 from `data_ptr`
    // on, which libtorch aligns to 64 bytes. The exclusive borrow of `tensor` keeps it alive and unresized. Several
    // tensors may be views of one storage; this crate calls no operation of libtorch on any of them, and takes no
    // second slice of it, while a slice from here lives.
    Ok(unsafe { std::slice::from_raw_parts_mut(tensor.data_ptr().cast::<f32>(), length) })
}

/// The values of an f32 tensor row by row: borrowed where they are dense and in main memory, else a copy.
pub(crate) fn values(tensor: &Tensor) -> Result<Cow<'_, [f32]>, Error> {
    let length = tensor.numel();
    if !is_dense(tensor)? || length == 0 {
        return to_vec(tensor).map(Cow::Owned);
    }
    // SAFETY: as in `values_mut`; the shared borrow of `tensor` keeps it alive, and while the slice lives, this crate
    // writes to no tensor of its storage.
    Ok(Cow::Borrowed(unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<f32>(), length) }))
}

/// A copy of the values of a tensor, row by row, wherever it lives.
pub(crate) fn to_vec(tensor: &Tensor) -> Result<Vec<f32>, Error> {
    let tensor = tensor.f_to_device(Device::Cpu)?.f_contiguous()?;
    let mut values = vec![0.0; tensor.numel()];
    tensor.f_copy_data(&mut values, tensor.numel())?;
    Ok(values)
}

/// Replaces the values of a tensor, wherever it lives.
pub(crate) fn assign(tensor: &mut Tensor, values: &[f32]) -> Result<(), Error> {
    if tensor.device() == Device::Cpu && tensor.numel() == values.len() {
        values_mut(tensor)?.copy_from_slice(values);
        return Ok(());
    }
    let source = Tensor::f_from_slice(values)?.f_view(tensor.size().as_slice())?;
    Ok(tensor.f_copy_(&source)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dense_floats_have_a_slice() {
        let mut tensor = zeros(&[2, 3], Device::Cpu).unwrap();
        values_mut(&mut tensor).unwrap()[4] = 2.0;
        assert_eq!(tensor.double_value(&[1, 1]), 2.0);
        assert!(values_mut(&mut tensor.tr()).is_err());
        assert!(values_mut(&mut tensor.to_kind(Kind::Double)).is_err());
        assert!(values_mut(&mut zeros(&[0, 3], Device::Cpu).unwrap()).unwrap().is_empty());
    }

    #[test]
    fn other_tensors_are_read_from_a_copy() {
        let mut tensor = zeros(&[2, 2], Device::Cpu).unwrap();
        assign(&mut tensor, &[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!(matches!(values(&tensor).unwrap(), Cow::Borrowed([1.0, 2.0, 3.0, 4.0])));
        assert_eq!(values(&tensor.tr()).unwrap()[..], [1.0, 3.0, 2.0, 4.0]);
        assert!(assign(&mut tensor, &[1.0]).is_err());
    }
}

//! Files of weights of PyTorch and safetensors.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    blemore_fuzzing::weight_file(bytes);
});

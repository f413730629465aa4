//! Programs that find libtorch.

fn main() {
    blemore_run_path::write();
}

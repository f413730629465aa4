//! What is unfinished goes, even while it is written. It takes all of the process, so nothing else may run beside it.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use blemore_base::{Unfinished, remove_unfinished};

#[test]
fn a_folder_goes_while_another_thread_writes_into_it() {
    let place = tempfile::tempdir().unwrap();
    for trial in 0..20 {
        let folder = place.path().join(trial.to_string());
        fs::create_dir(&folder).unwrap();
        let unfinished = Unfinished::new(&folder);
        let (is_writing, is_done) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0.. {
                    if fs::write(folder.join(number.to_string()), "half").is_ok() {
                        is_writing.store(true, Ordering::Release);
                    }
                    if is_done.load(Ordering::Acquire) {
                        break;
                    }
                }
            });
            while !is_writing.load(Ordering::Acquire) {
                thread::yield_now();
            }
            remove_unfinished();
            is_done.store(true, Ordering::Release);
        });
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
        drop(unfinished);
    }
}

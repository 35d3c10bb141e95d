//! Sound and picture.

use std::time::Duration;

use chime_recorder::capture::encoder::{Encoder, Setup};
use chime_recorder::capture::quality::Quality;
use chime_recorder::scratch::Scratch;
use chime_recorder::selftest;
use chime_recorder::stack::Stack;
use chime_recorder::testcard::{address, judge::judge, read};

use crate::world::quiet;

#[tokio::test(flavor = "multi_thread")]
async fn after_the_self_test_sound_and_picture_are_together() {
    let _quiet = quiet().await;
    let folder = tempfile::tempdir().unwrap();
    let scratch = Scratch::make(folder.path()).unwrap();
    let stack = Stack::start(&scratch).await.unwrap();
    let tested = selftest::run(&stack, &scratch).await.unwrap();
    println!("{tested:?}");
    let page = stack.open(&address()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let setup = Setup {
        scratch: &scratch,
        display: &stack.display.name,
        quality: Quality::Full,
        calibration: -tested.offset_ms / 1_000.0,
        number: 1,
    };
    let mut encoder = Encoder::start(&setup, stack.reader.tap()).unwrap();
    let mut made = Vec::new();
    while made.len() < 9 {
        made.push(encoder.made.recv().await.unwrap());
    }
    stack.reader.untap();
    made.extend(encoder.finish().await);
    drop(page);
    stack.stop().await;
    let file = folder.path().join("card.mp4");
    selftest::write(&file, &made).await.unwrap();
    let judged = judge(&read::frames(&file).await.unwrap(), &read::sound(&file).await.unwrap());
    println!("{judged:?}");
    assert!(judged.offset_ms.abs() <= 40.0, "{judged:?}");
}

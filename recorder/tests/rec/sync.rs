//! Sound and picture.

use chime_recorder::scratch::Scratch;
use chime_recorder::selftest;
use chime_recorder::stack::Stack;

#[tokio::test(flavor = "multi_thread")]
async fn try_it() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = Scratch::make(folder.path()).unwrap();
    let t = tokio::time::Instant::now();
    let stack = Stack::start(&scratch).await.unwrap();
    println!("stack {:?}", t.elapsed());
    let judged = selftest::run(&stack, &scratch).await;
    println!("{judged:?} {:?}", t.elapsed());
    stack.stop().await;
}

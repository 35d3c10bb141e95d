//! Lines on which another picture is put, that are taken out, or paused.

use chime_media::wire::signal::{RemoteVideoUpdate, Streams, Subscription};
use chime_media::wire::{Frame, Kind, frame};

use super::client::{Seen, World};
use super::service::all;

const ADA: u8 = 1;
const BEN: u8 = 2;
const SCREEN: u8 = 9;

/// REMOTE_VIDEO_UPDATE: this stream on a client's first line.
fn put(w: &mut World, who: usize, stream: u32) {
    let mid = w.clients[who].lines[0].to_string();
    let wish = Subscription { mid, stream_id: Some(stream) };
    update(
        w,
        who,
        RemoteVideoUpdate {
            added_or_updated_video_subscriptions: vec![wish],
            ..RemoteVideoUpdate::default()
        },
    );
}

fn update(w: &mut World, who: usize, update: RemoteVideoUpdate) {
    let update = Frame { remote_video_update: Some(update), ..frame(Kind::RemoteVideoUpdate) };
    w.say(who, update);
}

fn pause(w: &mut World, who: usize, stream: u32, kind: Kind) {
    let pause = Some(Streams { stream_ids: vec![stream] });
    w.say(who, Frame { pause, ..frame(kind) });
}

/// Ada and Ben with their cameras, and Cleo who looks at Ada, or at both.
fn three(both: bool) -> (World, [usize; 3], [u32; 2]) {
    let mut w = World::new(&["ada", "ben", "cleo"]);
    let (ada, ben) = (w.joins("ada", ADA), w.joins("ben", BEN));
    let cleo = w.enters("cleo");
    let streams = [w.stream(cleo, "ada"), w.stream(cleo, "ben")];
    w.offers(cleo, 0, if both { &streams } else { &streams[..1] });
    w.run(1_000);
    (w, [ada, ben, cleo], streams)
}

fn of(seen: &[Seen], mark: u8) -> Vec<Seen> {
    seen.iter().copied().filter(|picture| picture.mark == mark).collect()
}

#[test]
fn an_update_puts_another_picture_on_a_line_from_a_whole_one_on() {
    let (mut w, [_, _, cleo], [_, ben]) = three(false);
    let mut all = w.seen(cleo);
    assert!(all.len() > 20 && all[0].whole && of(&all, BEN).is_empty(), "{all:?}");
    put(&mut w, cleo, ben);
    w.run(1_000);
    let after = w.seen(cleo);
    let first = after.iter().position(|picture| picture.mark == BEN).unwrap();
    assert!(after[first].whole && after.len() - first > 20, "{after:?}");
    assert!(of(&after[first..], ADA).is_empty(), "{after:?}");
    all.extend(after);
    assert!(all.is_sorted_by(|a, b| a.time < b.time), "times go on: {all:?}");
}

#[test]
fn an_update_brings_nothing_that_may_not_be_seen() {
    let mut w = World::new(&["ada", "ben", "cleo"]);
    let ada = w.joins("ada", ADA);
    w.joins("ben#content", SCREEN);
    let screen = w.stream(ada, "ben#content");
    let mut may = all();
    may.content.receive = false;
    w.service.may("cleo", may);
    let cleo = w.enters("cleo");
    let stream = w.stream(cleo, "ada");
    w.offers(cleo, 3, &[stream]);
    let own = w.stream(ada, "cleo");
    for hidden in [screen, own, 4711] {
        put(&mut w, cleo, hidden);
        w.run(1_000);
        let seen = w.seen(cleo);
        assert!(seen.len() > 20 && of(&seen, ADA) == seen, "{hidden}: {seen:?}");
    }
}

#[test]
fn a_line_that_is_taken_out_brings_nothing_until_it_is_added_again() {
    let (mut w, [_, _, cleo], [ada, ben]) = three(true);
    let removed = vec![w.clients[cleo].lines[0].to_string()];
    update(
        &mut w,
        cleo,
        RemoteVideoUpdate {
            removed_video_subscription_mids: removed,
            ..RemoteVideoUpdate::default()
        },
    );
    w.run(100);
    w.seen(cleo);
    w.run(1_000);
    let seen = w.seen(cleo);
    assert!(seen.len() > 20 && of(&seen, BEN) == seen, "{seen:?}");
    put(&mut w, cleo, ada);
    w.run(1_000);
    let again = of(&w.seen(cleo), ADA);
    assert!(again.len() > 10 && again[0].whole, "{again:?}");
    put(&mut w, cleo, ben);
    w.run(1_000);
    assert!(of(&w.seen(cleo), ADA).len() <= 1, "one may be under way");
}

#[test]
fn a_paused_picture_stops_alone_and_comes_again_from_a_whole_one_on() {
    let (mut w, [first, _, cleo], [ada, _]) = three(true);
    let seen = w.seen(cleo);
    assert!(of(&seen, ADA).len() > 20 && of(&seen, BEN).len() > 20, "{seen:?}");
    pause(&mut w, cleo, ada, Kind::Pause);
    w.run(100);
    w.seen(cleo);
    let asked = w.clients[first].asked;
    w.run(3_000);
    let seen = w.seen(cleo);
    assert!(seen.len() > 60 && of(&seen, BEN) == seen, "{seen:?}");
    assert_eq!(w.clients[first].asked, asked, "nobody needs a whole picture of a paused one");
    pause(&mut w, cleo, ada, Kind::Resume);
    w.run(1_000);
    let again = of(&w.seen(cleo), ADA);
    assert!(again.len() > 10 && again[0].whole, "{again:?}");
    assert!(w.clients[first].asked > asked);
}

//! The socket of a page of staff: a request goes, its answer comes. There is one, and it goes with the chunk of staff.

use super::{address, listener::Listener, timer};
use domain::sync::{
    line::End,
    live::{Close, PATH},
};
use domain::time::Span;
use js_sys::{Function, Promise, Reflect};
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, WebSocket};

/// How long it may take until it is open.
const OPENING: Span = Span::seconds(5);

/// An open socket, or one that is just opening.
struct Open {
    socket: WebSocket,
    /// Which one it is of all that this page opened.
    number: u32,
    /// Whether it ever answered.
    answered: Cell<bool>,
    _listener: Listener,
}

thread_local! {
    static OPENED: Cell<u32> = const { Cell::new(0) };
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
    /// Whoever waits for its next word.
    static WAITS: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Whether there is a socket that has carried something.
pub fn has_answered() -> bool {
    is_open() && OPEN.with_borrow(|open| open.as_ref().is_some_and(|open| open.answered.get()))
}

/// Says goodbye. Whoever waits for an answer hears that at once.
pub fn close() {
    if let Some(open) = OPEN.take() {
        _ = open.socket.close_with_code(Close::Bye.code());
    }
    tell(&JsValue::from(Close::Bye.code()));
}

/// Sends a request, on a new socket if there is none, and waits for its answer at most so long. One at a time.
///
/// # Errors
/// How the socket ended; there is none any more.
pub async fn ask(body: &str, patience: Span) -> Result<String, End> {
    if !is_open() {
        OPEN.set(None);
        let word = word_after(OPENING, open);
        let number = OPENED.get();
        // That it is open is said with nothing.
        if !word.await.is_null() {
            return Err(ended(number, None));
        }
    }
    let send = || OPEN.with_borrow(|open| Some(open.as_ref()?.socket.send_with_str(body).is_ok()));
    let word = word_after(patience, || send() == Some(true));
    let number = OPENED.get();
    let word = word.await;
    if let Some(text) = word.as_string() {
        OPEN.with_borrow(|open| open.iter().for_each(|open| open.answered.set(true)));
        return Ok(text);
    }
    Err(ended(number, word.as_f64()))
}

/// Puts an end to one and says what kind of end that was. `code` is what the browser says, if it says something.
fn ended(number: u32, code: Option<f64>) -> End {
    let said = code.and_then(|code| Close::from_code(code as u16));
    // Somebody may have closed it and opened another meanwhile.
    let own = OPEN.with_borrow_mut(|open| open.take_if(|open| open.number == number));
    let answered = own.as_ref().is_some_and(|open| open.answered.get());
    if let Some(open) = own {
        _ = open.socket.close();
    }
    match said {
        Some(close) => End::Said(close),
        None if answered => End::Cut,
        None => End::Mute,
    }
}

fn is_open() -> bool {
    OPEN.with_borrow(|open| {
        open.as_ref()
            .is_some_and(|open| open.socket.ready_state() == WebSocket::OPEN)
    })
}

/// Begins to open one. False when the browser does not even try.
fn open() -> bool {
    let here = address::on_this_server(PATH);
    // `http` becomes `ws`, and `https` becomes `wss`.
    let Some(rest) = here.strip_prefix("http") else {
        return false;
    };
    let Ok(socket) = WebSocket::new(&["ws", rest].concat()) else {
        return false;
    };
    let mut listener = Listener::new(Box::new(|event: Event| {
        let of = |name: &str| Reflect::get(&event, &name.into()).unwrap_or(JsValue::UNDEFINED);
        match event.type_().as_str() {
            "message" => tell(&of("data")),
            "close" => tell(&of("code")),
            _ => tell(&JsValue::NULL),
        }
    }));
    listener.hear(&socket, &["open", "message", "close"]);
    OPENED.set(OPENED.get().wrapping_add(1));
    OPEN.set(Some(Open {
        socket,
        number: OPENED.get(),
        answered: Cell::new(false),
        _listener: listener,
    }));
    true
}

fn tell(word: &JsValue) {
    if let Some(waits) = WAITS.take() {
        _ = waits.call1(&JsValue::UNDEFINED, word);
    }
}

/// Does `act` now, and answers with the socket's next word: null that it is open, text, or the code of its end;
/// undefined when none came in time or the act failed.
fn word_after(patience: Span, act: impl FnOnce() -> bool) -> impl Future<Output = JsValue> {
    let word = Promise::new(&mut |resolve, _| {
        timer::call_later(patience, &resolve);
        WAITS.set(Some(resolve));
    });
    if !act() {
        tell(&JsValue::UNDEFINED);
    }
    async move { JsFuture::from(word).await.unwrap_or(JsValue::UNDEFINED) }
}

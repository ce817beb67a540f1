//! Dumb parts of pages: signals in, meaningful callbacks out; one file each, its style beside it in
//! `style/components`.

pub mod calm;
pub mod clock;
pub mod code_ticket;
pub mod consent_card;
pub mod draft_gate;
pub mod ear;
pub mod feet;
pub mod frame;
pub mod held_line;
pub mod icon;
pub mod install_hint;
pub mod language_menu;
pub mod more_ways;
pub mod notice;
pub mod perspective;
pub mod pole;
pub mod progress_way;
pub mod qr;
pub mod ring;
pub mod slider;
pub mod state_line;
pub mod storage_line;
pub mod story_language;
pub mod story_pair;
pub mod story_row;
pub mod tag_word;
pub mod triangle;
pub mod undo;
pub mod way_marks;
pub mod yes_no;

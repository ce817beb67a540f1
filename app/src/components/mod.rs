//! Dumb parts of pages: signals in, meaningful callbacks out; one file each, its style beside it in
//! `style/components`.

pub mod feet;
pub mod frame;
pub mod icon;
pub mod language_menu;
pub mod notice;
pub mod story_pair;
pub mod tag_word;
pub mod way_marks;

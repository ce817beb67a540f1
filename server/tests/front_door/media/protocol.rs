//! What is said by tus, to the letter.

//! What goes wrong while sockets are open.

//! A word from the desktop when the window is elsewhere.

use std::path::Path;

use notify_rust::Notification;

/// Shows a notification with a picture of the disk, where there is one.
///
/// # Errors
///
/// The desktop shows none: nobody there takes them.
pub fn show(title: &str, body: &str, picture: Option<&Path>) -> Result<(), notify_rust::error::Error> {
    let mut notification = Notification::new();
    notification.appname("Atelier").summary(title).body(body);
    if let Some(picture) = picture {
        with_picture(&mut notification, picture);
    }
    notification.show().map(drop)
}

#[cfg(any(target_os = "linux", windows))]
fn with_picture(notification: &mut Notification, picture: &Path) {
    if let Some(path) = picture.to_str() {
        notification.image_path(path);
    }
}

/// There the system shows the app's own sign.
#[cfg(not(any(target_os = "linux", windows)))]
fn with_picture(_: &mut Notification, _: &Path) {}

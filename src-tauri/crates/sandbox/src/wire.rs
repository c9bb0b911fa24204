//! The connections, watched from below HTTP.
//!
//! HTTP servers say when a body has been taken from the application, not when it has gone into the socket; the books
//! want the second. So every connection has a [`Line`], which knows when the server's buffer has been emptied, whether
//! the other side broke off, and how to hang up rudely.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_util::{
    sync::{CancellationToken, WaitForCancellationFutureOwned},
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

/// Accepts connections until the sandbox is gone.
pub(crate) struct Listener {
    pub(crate) inner: TcpListener,
    pub(crate) gone: CancellationToken,
    pub(crate) connections: TaskTracker,
}

/// What is known about one connection.
#[derive(Default)]
pub(crate) struct Line {
    reset: AtomicBool,
    watcher: Mutex<Option<Arc<dyn Watcher>>>,
    pub(crate) emptied: Notify,
}

/// Who wants to know what happens on a line: the reply that is being sent.
pub(crate) trait Watcher: Send + Sync {
    /// Everything that the server had taken has gone into the socket.
    fn emptied(&self);
    /// The other side has broken off with data unread.
    fn broken(&self);
}

/// A connection.
pub(crate) struct Wire {
    stream: TcpStream,
    line: Arc<Line>,
    gone: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Counts it for as long as it lives.
    _open: TaskTrackerToken,
}

impl Line {
    /// From now on this reply is told; it replaces the one before.
    pub(crate) fn watch(&self, watcher: Arc<dyn Watcher>) {
        *self.watcher.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(watcher);
    }

    /// When the connection is closed, close it with a reset.
    pub(crate) fn reset_on_close(&self) {
        self.reset.store(true, Ordering::Release);
    }

    fn watcher(&self) -> Option<Arc<dyn Watcher>> {
        self.watcher
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }
}

impl axum::serve::Listener for Listener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.inner).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let gone = Box::pin(self.gone.clone().cancelled_owned());
        (
            Wire {
                stream,
                line: Arc::default(),
                gone,
                _open: self.connections.token(),
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// The line, as handlers get it.
#[derive(Clone)]
pub(crate) struct OnLine(pub(crate) Arc<Line>);

impl Connected<IncomingStream<'_, Listener>> for OnLine {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        Self(Arc::clone(&stream.io().line))
    }
}

impl Wire {
    /// An error as soon as the sandbox is gone, which ends the connection.
    fn alive(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.gone.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }

    fn watch_for_break<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
            && let Some(watcher) = self.line.watcher()
        {
            watcher.broken();
        }
        result
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.line.reset.load(Ordering::Acquire)
            && let Err(error) = self.stream.set_zero_linger()
        {
            tracing::debug!(%error, "a connection could not be reset");
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.alive(context)?;
        let result = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        Poll::Ready(self.watch_for_break(result))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.alive(context)?;
        let result = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        Poll::Ready(self.watch_for_break(result))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.alive(context)?;
        let result = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, slices));
        Poll::Ready(self.watch_for_break(result))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// The server flushes only what it has written whole, so its buffer is empty here.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive(context)?;
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        if let Some(watcher) = self.line.watcher() {
            watcher.emptied();
        }
        self.line.emptied.notify_waiters();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.line.reset.load(Ordering::Acquire) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

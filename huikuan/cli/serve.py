"""huikuan serve and huikuan worker: the web server, and the process that does the jobs."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from procrastinate import App

from huikuan.cli.runtime import messages, ready
from huikuan.core.errors import HuikuanError
from huikuan.core.secrets import installation_secret
from huikuan.organizations.models import User
from huikuan.reports.queues import PIVOTS

HostOption = Annotated[str, typer.Option("--host", help="监听地址;0.0.0.0 对网络开放")]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="端口;0 为任意空闲端口")]
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
QUEUES = ("default", "imports")
"""What the worker takes one after the other; heavy pivots have their own place beside it."""
PATIENCE_SECONDS = 10
SECONDS_TO_STOP = 1  # for a heavy pivot, before it is told to end
SECONDS_TO_FINISH = 3  # for requests under way when the server stops; live pages never end by themselves


class PortRefused(HuikuanError):
    """The server cannot listen at this address."""

    code = "port_refused"


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("serve")(serve)
    app.command("worker")(worker)


def serve(
    host: HostOption = DEFAULT_HOST,
    port: PortOption = DEFAULT_PORT,
    jobs: Annotated[bool, typer.Option("--worker/--no-worker", help="同时运行后台任务")] = True,
) -> None:
    """启动网页服务，直到按下 Ctrl-C。"""
    port = free_port(host, port)
    ready()
    # Whoever holds the address of the first run becomes the administrator: only the terminal shows it.
    entrance = "" if User.objects.exists() else f"setup?token={installation_secret('setup')}"
    run_server(host=host, port=port, jobs=jobs, entrance=entrance)


def worker(
    leash: Annotated[bool, typer.Option("--leash", hidden=True, help="标准输入关闭时停止")] = False,
) -> None:
    """运行后台任务(封存审计轨迹等)，直到按下 Ctrl-C。"""
    from procrastinate.contrib.django import app

    ready()
    connections.close_all()
    if leash:
        threading.Thread(target=_stop_when_stdin_closes, daemon=True).start()
    else:
        messages.print(_("后台任务已启动 (Ctrl-C 停止)"))
    with app.replace_connector(app.connector.get_worker_connector()) as own:  # type: ignore[attr-defined]
        asyncio.run(_work(own))


async def _work(app: App) -> None:
    """Take jobs until a signal; heavy pivots have a place of their own, so that nothing waits for them."""
    async with app.open_async():
        heavy = asyncio.create_task(
            app.run_worker_async(
                name="pivots",
                queues=[PIVOTS],
                listen_notify=True,
                install_signal_handlers=False,
                shutdown_graceful_timeout=SECONDS_TO_STOP,
            )
        )
        try:
            await app.run_worker_async(name="jobs", queues=[*QUEUES], listen_notify=True)
        finally:
            heavy.cancel()
            with suppress(asyncio.CancelledError):
                await heavy


def free_port(host: str, port: int) -> int:
    """`port` if it can be listened at, or any free one for 0; raises PortRefused.

    Web workers share their port among themselves (SO_REUSEPORT), so the server itself would not notice that
    another one is there already.
    """
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
            return int(probe.getsockname()[1])
    except PermissionError as error:
        raise PortRefused(_("没有权限使用端口 %d:请用 --port 另选一个 1024 以上的端口。") % port) from error
    except (OSError, UnicodeError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise PortRefused(
                _("端口 %d 已被占用：请用 --port 另选一个，或先停止占用它的程序。") % port, code="port_busy"
            ) from error
        raise PortRefused(_("无法监听地址 %s：请检查 --host。") % host) from error


def run_server(*, host: str, port: int, jobs: bool, entrance: str = "") -> None:
    """Serve pages until Ctrl-C or SIGTERM; then web workers, jobs and (the last to leave) the database stop.

    `entrance`: where to begin on a fresh installation, below the server's address.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    class Server(Granian):  # type: ignore[misc, valid-type]
        """Says where it is once pages are to be had, and takes the terminal's end for its own."""

        def startup(self, *arguments: Any) -> None:
            super().startup(*arguments)
            signal.signal(signal.SIGHUP, self.signal_handler_interrupt)
            if _wait_for(host, port, self.main_loop_interrupt):
                messages.print(_("回款已启动：%s (Ctrl-C 停止)") % address_of(host, port), highlight=False)
                if entrance:
                    address = address_of(host, port) + entrance
                    messages.print(_("首次使用：请打开 %s") % address, highlight=False, soft_wrap=True)

    # Web workers are forked from here and may not share a connection.
    connections.close_all()
    with _jobs_beside(jobs):
        Server(
            "huikuan.config.asgi:application",
            address=host,
            port=port,
            interface=Interfaces.ASGINL,
            workers=min(2, os.cpu_count() or 1),
            workers_kill_timeout=SECONDS_TO_FINISH,
            log_level=LogLevels.warning,
            websockets=False,
        ).serve(target_loader=load_application, wrap_loader=False)


def address_of(host: str, port: int) -> str:
    """The address to type into a browser on this machine."""
    if host in ("0.0.0.0", "::", ""):
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def load_application() -> Callable[..., Any]:
    """The ASGI application, in a web worker.

    Each request may come on another thread, where a connection kept for the thread would be lost: here
    connections belong to a pool instead.
    """
    _end_with_parent()
    # WhiteNoise hands out files in a synchronous way; Django reads them whole, which static files bear.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    database = connections.settings["default"]
    database["CONN_MAX_AGE"] = 0
    database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 10, "timeout": 20}
    application: Callable[..., Any] = import_string(settings.ASGI_APPLICATION)
    return application


def _end_with_parent() -> None:
    """On Linux the kernel ends us when the server dies without a chance to do so (prctl(2))."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _wait_for(host: str, port: int, interrupted: threading.Event) -> bool:
    """Whether the server answers, within some seconds."""
    until = time.monotonic() + PATIENCE_SECONDS
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    while time.monotonic() < until and not interrupted.is_set():
        with suppress(OSError), socket.create_connection((target, port), timeout=1):
            return True
        time.sleep(0.05)
    return False


@contextmanager
def _jobs_beside(wanted: bool) -> Iterator[None]:
    """`huikuan worker` as a child: out of the terminal's reach, and it ends when we do, however we end."""
    if not wanted:
        yield
        return
    child = subprocess.Popen(
        [sys.executable, "-c", "from huikuan.cli.main import main; main()", "worker", "--leash"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _stop_when_stdin_closes() -> None:
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)

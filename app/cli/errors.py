"""What keeps a command from starting."""

from domain.values.errors import DomainError


class PortNotFree(DomainError):
    """The address cannot be listened on."""

    code = "port_not_free"
    status = 503
    en = "{host}:{port} cannot be listened on ({reason}). Stop what uses it, or set TRIBUTARY_PORT to another port."
    zh = "无法监听 {host}:{port}({reason})。请停止占用该端口的程序,或将 TRIBUTARY_PORT 设为其他端口。"

    def __init__(self, *, host: str, port: int, reason: str) -> None:
        super().__init__(host=host, port=port, reason=reason)


class BankNotNamed(DomainError):
    """The clockwork has no bank to talk to."""

    code = "bank_not_named"
    status = 503
    en = "No bank is configured. Set TRIBUTARY_BANK_URL or TRIBUTARY_BANK_FOLDER; `tributary up` simulates one."
    zh = "未配置银行。请设置 TRIBUTARY_BANK_URL 或 TRIBUTARY_BANK_FOLDER,或使用 `tributary up` 启动模拟银行。"

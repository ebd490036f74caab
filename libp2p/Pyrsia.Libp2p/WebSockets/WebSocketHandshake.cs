using System.Security.Cryptography;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>The opening handshake of RFC 6455, section 4, as a value: heads in, answers out. No extension and no subprotocol is offered or taken.</summary>
internal static class WebSocketHandshake
{
    private const int KeyLength = 16;
    private const string Version = "13";

    /// <summary>A new key for a request.</summary>
    public static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength));

    /// <summary>What a dialer sends.</summary>
    public static byte[] Request(string host, string key) => Encoding.ASCII.GetBytes(
        $"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: {Version}\r\n\r\n");

    /// <summary>What a listener answers, whatever the path; false when it refuses with that answer.</summary>
    public static bool TryAnswer(HttpHead request, out byte[] answer)
    {
        var key = request["Sec-WebSocket-Key"];
        if (!request.StartLine.StartsWith("GET ", StringComparison.Ordinal) || !request.StartLine.EndsWith(" HTTP/1.1", StringComparison.Ordinal) || request["Host"].Length == 0)
            answer = Refusal("400 Bad Request", "This address takes WebSocket connections only.");
        else if (!request.Lists("Upgrade", "websocket") || !request.Lists("Connection", "Upgrade") || request["Sec-WebSocket-Version"] != Version)
            answer = Refusal("426 Upgrade Required", "This address takes WebSocket connections only.", $"Upgrade: websocket\r\nSec-WebSocket-Version: {Version}\r\n");
        else if (!IsKey(key))
            answer = Refusal("400 Bad Request", "Sec-WebSocket-Key is not 16 bytes in base64.");
        else
        {
            answer = Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {AcceptOf(key)}\r\n\r\n");
            return true;
        }
        return false;
    }

    /// <summary>True when the answer agrees to the request with this key, and to nothing that it did not offer.</summary>
    public static bool Agrees(HttpHead response, string key) =>
        response.StartLine.StartsWith("HTTP/1.1 101", StringComparison.Ordinal)
        && response.Lists("Upgrade", "websocket") && response.Lists("Connection", "Upgrade")
        && response["Sec-WebSocket-Accept"] == AcceptOf(key)
        && response["Sec-WebSocket-Extensions"].Length == 0 && response["Sec-WebSocket-Protocol"].Length == 0;

    /// <summary>What proves that a listener read the key: it speaks WebSocket and is no cache.</summary>
    public static string AcceptOf(string key)
    {
#pragma warning disable CA5350 // the protocol's choice, and no secret rests on it
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }

    private static bool IsKey(string key)
    {
        Span<byte> bytes = stackalloc byte[KeyLength];
        return key.Length == 24 && Convert.TryFromBase64String(key, bytes, out var n) && n == KeyLength;
    }

    private static byte[] Refusal(string status, string text, string fields = "") =>
        Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{fields}Content-Type: text/plain\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n{text}");
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Pyrsia.Builds.Sources;

/// <summary>
/// The head of a request to an HTTP proxy, taken apart: a tunnel (<c>CONNECT host:port</c>, RFC 9110 section 9.3.6) or a forwarded request in absolute form (RFC 9112
/// section 3.2.2). Pure: bytes in, what to connect to and what to send there out.
/// </summary>
/// <param name="Host">The host to connect to.</param>
/// <param name="Port">Its port.</param>
/// <param name="IsTunnel">Whether bytes are passed on as they are.</param>
/// <param name="Head">What to send to the host first; empty for a tunnel.</param>
internal sealed record ProxyRequest(string Host, int Port, bool IsTunnel, ReadOnlyMemory<byte> Head)
{
    /// <summary>Longest head in bytes: git's are far below.</summary>
    internal const int MaxHeadBytes = 16 * 1024;

    private const int DefaultPort = 80;

    /// <summary>Length of a head with its empty line; 0 while it is not whole.</summary>
    internal static int HeadLength(ReadOnlySpan<byte> bytes) => bytes.IndexOf("\r\n\r\n"u8) is >= 0 and var end ? end + 4 : 0;

    /// <summary>Reads a whole head.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> head, [NotNullWhen(true)] out ProxyRequest? request)
    {
        request = null;
        if (head.Length is 0 or > MaxHeadBytes || HeadLength(head) != head.Length || head.ContainsAnyExceptInRange((byte)'\t', (byte)'~') || head.IndexOfAny((byte)'\v', (byte)'\f') >= 0) return false;
        var lines = Encoding.ASCII.GetString(head[..^4]).Split("\r\n");
        if (lines[0].Split(' ') is not [var method, var target, "HTTP/1.1"]) return false;
        request = method == "CONNECT" ? Tunnel(target) : Forward(method, target, lines.AsSpan(1));
        return request is not null;
    }

    private static ProxyRequest? Tunnel(string target)
    {
        var split = target.LastIndexOf(':');
        return split > 0 && int.TryParse(target.AsSpan(split + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue
            && Uri.CheckHostName(target[..split].Trim('[', ']')) != UriHostNameType.Unknown
            ? new ProxyRequest(target[..split].Trim('[', ']'), port, IsTunnel: true, default)
            : null;
    }

    /// <summary>One request a connection: a second one on it could name another host that nobody looked at.</summary>
    private static ProxyRequest? Forward(string method, string target, ReadOnlySpan<string> fields)
    {
        if (method is not ("GET" or "POST" or "HEAD") || !Uri.TryCreate(target, UriKind.Absolute, out var uri) || uri.Scheme != "http" || uri.UserInfo.Length > 0) return null;
        if (uri.Port == 0 || Uri.CheckHostName(uri.IdnHost) == UriHostNameType.Unknown) return null;
        var head = new StringBuilder($"{method} {uri.PathAndQuery} HTTP/1.1\r\nHost: {uri.Authority}\r\nConnection: close\r\n");
        foreach (var field in fields)
        {
            var name = field.Split(':')[0];
            if (name.Length == field.Length || field[0] is ' ' or '\t') return null;
            if (name.ToUpperInvariant() is "HOST" or "CONNECTION" or "PROXY-CONNECTION" or "KEEP-ALIVE" or "PROXY-AUTHORIZATION" or "AUTHORIZATION" or "COOKIE") continue;
            head.Append(field).Append("\r\n");
        }
        return new ProxyRequest(uri.IdnHost, uri.IsDefaultPort ? DefaultPort : uri.Port, IsTunnel: false, Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
    }
}

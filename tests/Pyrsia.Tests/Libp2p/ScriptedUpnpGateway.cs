using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace Pyrsia.Tests.Libp2p;

/// <summary>A router on loopback that speaks UPnP as a test has it answer, and tells which actions it was asked for.</summary>
internal sealed partial class ScriptedUpnpGateway : IAsyncDisposable
{
    private const string Type = "urn:schemas-upnp-org:service:WANIPConnection:1";

    private readonly Socket _search = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TcpListener _http = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<(string Action, ushort Port, uint Lifetime)> _asked = Channel.CreateUnbounded<(string, ushort, uint)>();
    private readonly Func<string, ushort, uint, int> _answer;
    private readonly Task _running;

    /// <param name="answer">The error for an action, a port outside and a lifetime; 0 for none.</param>
    public ScriptedUpnpGateway(Func<string, ushort, uint, int> answer)
    {
        _answer = answer;
        _search.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _http.Start();
        EndPoint = (IPEndPoint)_search.LocalEndPoint!;
        _running = Task.WhenAll(SearchedAsync(), ServeAsync());
    }

    /// <summary>Where it is searched.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Changes to mappings that were asked for.</summary>
    public ChannelReader<(string Action, ushort Port, uint Lifetime)> Asked => _asked.Reader;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        _search.Dispose();
        _http.Dispose();
        _stopping.Dispose();
    }

    private async Task SearchedAsync()
    {
        var buffer = new byte[1000];
        while (true)
        {
            var received = await _search.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stopping.Token);
            await _search.SendToAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nLOCATION: http://{_http.LocalEndpoint}/desc.xml\r\n\r\n"), received.RemoteEndPoint, _stopping.Token);
        }
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            using var client = await _http.AcceptTcpClientAsync(_stopping.Token);
            var request = await ReadAsync(client.GetStream());
            var body = Encoding.UTF8.GetBytes(Answer(request, out var status));
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"), _stopping.Token);
            await client.GetStream().WriteAsync(body, _stopping.Token);
        }
    }

    private async Task<string> ReadAsync(NetworkStream stream)
    {
        var text = "";
        var buffer = new byte[4096];
        while (true)
        {
            if (text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end and > 0 && text.Length >= end + 4 + (Length().Match(text) is { Success: true } length ? int.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture) : 0)) return text;
            text += Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer, _stopping.Token));
        }
    }

    private string Answer(string request, out string status)
    {
        status = "200 OK";
        if (request.StartsWith("GET /desc.xml ", StringComparison.Ordinal)) return $"<root><service><serviceType>{Type}</serviceType><controlURL>/ctl</controlURL></service></root>";
        var action = Action().Match(request).Groups[1].Value;
        if (action == "GetExternalIPAddress") return "<r><NewExternalIPAddress>26.1.2.3</NewExternalIPAddress></r>";
        var (port, lifetime) = (ushort.Parse(Value(request, "NewExternalPort"), CultureInfo.InvariantCulture), uint.Parse(Value(request, "NewLeaseDuration") is { Length: > 0 } text ? text : "0", CultureInfo.InvariantCulture));
        _asked.Writer.TryWrite((action, port, lifetime));
        var error = _answer(action, port, lifetime);
        if (error == 0) return $"<r><{action}Response/></r>";
        status = "500 Internal Server Error";
        return $"<r><errorCode>{error}</errorCode></r>";
    }

    private static string Value(string request, string name) => Regex.Match(request, $"<{name}>([^<]*)<").Groups[1].Value;

    [GeneratedRegex(@"Content-Length: (\d+)")]
    private static partial Regex Length();

    [GeneratedRegex(@"SOAPAction: ""[^#]*#(\w+)""")]
    private static partial Regex Action();
}

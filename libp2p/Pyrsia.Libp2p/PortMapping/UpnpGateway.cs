using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>Driver of one gateway that speaks UPnP: finds it, and has it map TCP ports to this host.</summary>
internal sealed class UpnpGateway : IDisposable
{
    /// <summary>Seconds that a mapping is asked for, as by NAT-PMP.</summary>
    private const uint Lifetime = NatPmpSession.Lifetime;

    /// <summary>Ports that are tried when others have those that were wanted.</summary>
    private const int MaxConflicts = 4;

    /// <summary>First of the ports that are tried by chance; below are those of services that everybody knows.</summary>
    private const int FirstPort = 1024;

    /// <summary>Time for one answer by HTTP. Some routers are slow.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Time for an answer to the search, which is told to come within a second; and how often it is sent.</summary>
    private static readonly TimeSpan SearchTimeout = TimeSpan.FromSeconds(2);

    private const int MaxSearches = 3;

    private readonly HttpClient http;
    private readonly UpnpService service;
    private readonly IPAddress own;
    private readonly TimeProvider time;

    private UpnpGateway(HttpClient http, UpnpService service, IPAddress own, TimeProvider time) => (this.http, this.service, this.own, this.time) = (http, service, own, time);

    /// <summary>Asks a gateway whether it speaks this; null when not.</summary>
    public static async Task<UpnpGateway?> FindAsync(IPEndPoint gateway, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await SearchAsync(gateway, time, cancellationToken).ConfigureAwait(false) is not var (description, own)) return null;
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null }) { MaxResponseContentBufferSize = UpnpService.MaxDocument, Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            using var deadline = new Deadline(AnswerTimeout, time, cancellationToken);
            if (UpnpService.Find(await http.GetByteArrayAsync(description, deadline.Token).ConfigureAwait(false), description, gateway.Address) is { } service) return new UpnpGateway(http, service, own, time);
        }
        catch (Exception e) when (IsTrouble(e, cancellationToken))
        {
            // It answered before, and now it does not: as good as none.
        }
        catch
        {
            http.Dispose();
            throw;
        }
        http.Dispose();
        return null;
    }

    /// <summary>The address outside; null when the gateway does not say, <see cref="IPAddress.Any"/> when it has none at this moment.</summary>
    public async Task<IPAddress?> AddressAsync(CancellationToken cancellationToken) =>
        await AskAsync("GetExternalIPAddress", "NewExternalIPAddress", cancellationToken).ConfigureAwait(false) is { Error: null, Value: { } text }
            ? IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork ? address : IPAddress.Any
            : null;

    /// <summary>Maps a port, or keeps it mapped.</summary>
    /// <param name="port">The port inside.</param>
    /// <param name="wanted">The port outside, if nobody else has it.</param>
    /// <param name="random">A number below one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The port outside, or null.</returns>
    public async Task<ushort?> MapAsync(ushort port, ushort wanted, Func<double> random, CancellationToken cancellationToken)
    {
        var lifetime = Lifetime;
        for (var conflicts = 0; conflicts < MaxConflicts;)
        {
            var (value, error) = await AskAsync(
                "AddPortMapping", "AddPortMappingResponse", cancellationToken, ("NewRemoteHost", ""), ("NewExternalPort", Number(wanted)), ("NewProtocol", "TCP"), ("NewInternalPort", Number(port)),
                ("NewInternalClient", own.ToString()), ("NewEnabled", "1"), ("NewPortMappingDescription", "libp2p"), ("NewLeaseDuration", Number(lifetime))).ConfigureAwait(false);
            if (error is null) return value is null ? null : wanted;
            if (error == UpnpService.OnlyPermanentLeasesSupported && lifetime > 0)
            {
                lifetime = 0;
                continue;
            }
            if (error != UpnpService.ConflictInMappingEntry) return null;
            wanted = (ushort)(FirstPort + random() * (ushort.MaxValue - FirstPort));
            conflicts++;
        }
        return null;
    }

    /// <summary>Deletes a mapping.</summary>
    public Task UnmapAsync(ushort external, CancellationToken cancellationToken) =>
        AskAsync("DeletePortMapping", "DeletePortMappingResponse", cancellationToken, ("NewRemoteHost", ""), ("NewExternalPort", Number(external)), ("NewProtocol", "TCP"));

    public void Dispose() => http.Dispose();

    private static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsTrouble(Exception e, CancellationToken cancellationToken) => e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static async Task<(Uri Description, IPAddress Own)?> SearchAsync(IPEndPoint gateway, TimeProvider time, CancellationToken cancellationToken)
    {
        // Connected: the kernel drops what others send, and says which address of this machine leads there.
        using var socket = new Socket(gateway.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            await socket.ConnectAsync(gateway, cancellationToken).ConfigureAwait(false);
            var buffer = new byte[UpnpSearch.MaxLength];
            for (var i = 0; i < MaxSearches; i++)
            {
                using var deadline = new Deadline(SearchTimeout, time, cancellationToken);
                try
                {
                    await socket.SendAsync(UpnpSearch.Question(gateway), deadline.Token).ConfigureAwait(false);
                    var length = await socket.ReceiveAsync(buffer, deadline.Token).ConfigureAwait(false);
                    if (UpnpSearch.TryRead(buffer.AsSpan(0, length), gateway.Address, out var description)) return (description, ((IPEndPoint)socket.LocalEndPoint!).Address);
                }
                catch (OperationCanceledException) when (deadline.Passed)
                {
                    // Once more.
                }
            }
        }
        catch (SocketException)
        {
            // Nobody listens there.
        }
        return null;
    }

    private async Task<(string? Value, int? Error)> AskAsync(string action, string wanted, CancellationToken cancellationToken, params (string Name, string Value)[] arguments)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, service.Control) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(service.Envelope(action, arguments))) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("text/xml; charset=\"utf-8\"");
        request.Headers.TryAddWithoutValidation("SOAPAction", $"\"{service.Type}#{action}\"");
        using var deadline = new Deadline(AnswerTimeout, time, cancellationToken);
        try
        {
            using var answer = await http.SendAsync(request, deadline.Token).ConfigureAwait(false);
            return UpnpService.Read(await answer.Content.ReadAsByteArrayAsync(deadline.Token).ConfigureAwait(false), wanted);
        }
        catch (Exception e) when (IsTrouble(e, cancellationToken))
        {
            return default;
        }
    }
}

using System.Reflection;
using Pyrsia.Content.Exchange;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;

namespace Pyrsia.Node.Control;

/// <summary><c>/status</c>, <c>/peers</c> and the health routes.</summary>
internal sealed class StatusEndpoints(NodeResources resources, Libp2pHost host, TransferCounters transfers, NodeReachability reachability, NodeRole role, TimeProvider time, IServiceProvider services)
{
    private static readonly string Version = typeof(StatusEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private readonly LogView? _log = services.GetService<LogView>();
    private readonly LogMirror? _mirror = services.GetService<LogMirror>();
    private readonly IQuorumSense? _quorum = services.GetService<IQuorumSense>();
    private readonly IReadiness[] _parts = [.. services.GetServices<IReadiness>()];

    internal static void Map(WebApplication app)
    {
        var endpoints = ActivatorUtilities.CreateInstance<StatusEndpoints>(app.Services, app.Services.GetRequiredService<NodeIdentityRole>().Role);
        app.MapGet(ApiRoutes.Status, endpoints.StatusAsync);
        app.MapGet(ApiRoutes.Peers, endpoints.PeersAsync);
        app.MapGet(ApiRoutes.Live, AliveAsync);
        app.MapGet("/healthz", AliveAsync);
        app.MapGet("/startupz", AliveAsync);
        app.MapGet(ApiRoutes.Ready, endpoints.ReadyAsync);
        app.MapPost(ApiRoutes.AuthorizedNode, RefuseAuthorizeAsync);
    }

    private static Task AliveAsync(HttpContext context) => TextAnswers.WriteAsync(context, "ok", "text/plain; charset=utf-8");

    private static Task RefuseAuthorizeAsync(HttpContext context) => JsonAnswers.RefuseAsync(
        context, StatusCodes.Status403Forbidden, "not-authorized", "The set of authorities changes only by the signatures of its operators.", "Ask the operators of the network.");

    private Task StatusAsync(HttpContext context)
    {
        var addresses = host.ListenAddresses.Select(address => $"{address}/p2p/{host.Id}").ToArray();
        var peers = transfers.Peers.ToDictionary(p => p.Key.ToString(), p => new PeerTransfer(p.Value.In, p.Value.Out));
        return JsonAnswers.WriteAsync(
            context,
            new StatusResponse(
                LivePeers().Length, host.Id.ToString(), addresses, Version, role == NodeRole.Authority ? "authority" : "node", reachability.Word,
                new StoreStatus(resources.Content.Count, resources.Content.TotalBytes), Log(), new TransferStatus(transfers.BytesIn, transfers.BytesOut, peers),
                new PolicyStatus(resources.Options.Policy.ToString().ToLowerInvariant(), resources.Options.Allow), host.QuicMissing is { } missing ? $"not available: {missing}" : "available"),
            NodeApiJsonContext.Default.StatusResponse);
    }

    private Task PeersAsync(HttpContext context)
    {
        var peers = LivePeers();
        if (context.Request.Query["details"] != "true") return JsonAnswers.WriteAsync(context, [.. peers.Select(p => p.Id.ToString())], NodeApiJsonContext.Default.IReadOnlyListString);
        var authorities = resources.Network?.Genesis.Authorities.Select(a => a.PeerId).ToHashSet(StringComparer.Ordinal) ?? [];
        return JsonAnswers.WriteAsync(
            context,
            [.. peers.Select(p => new PeerDetails(
                p.Id.ToString(), p.Address.ToString(), p.RoundTrip?.TotalMilliseconds, p.Agent ?? "", authorities.Contains(p.Id.ToString()) ? "authority" : "node",
                p.State == PeerState.Alive ? "alive" : "suspected"))],
            NodeApiJsonContext.Default.IReadOnlyListPeerDetails);
    }

    private async Task ReadyAsync(HttpContext context)
    {
        var trouble = _log is null ? "no network file: start with --network FILE"
            : _mirror?.Trouble ?? _quorum?.Trouble ?? _parts.Select(part => part.Trouble).FirstOrDefault(text => text is not null) ?? (_log.CosignedAt is null ? "no checkpoint of the log has been seen yet" : null);
        if (trouble is null) await context.Response.WriteAsync("ok");
        else await JsonAnswers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "not-ready", trouble);
    }

    private LogStatus? Log()
    {
        if (_log is null) return null;
        var age = _log.Age(time.GetUtcNow());
        return new LogStatus(_log.Network.Genesis.Origin, _log.Store.Checkpoint?.Checkpoint.Size ?? 0, age is { } a ? (long)Math.Max(0, a.TotalSeconds) : null, _quorum?.HasQuorum);
    }

    private PeerInfo[] LivePeers() => [.. host.Peers.Where(p => p.State != PeerState.Dead).GroupBy(p => p.Id).Select(g => g.First())];
}

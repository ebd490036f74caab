namespace Pyrsia.Libp2p;

/// <summary>A served protocol: what owns its streams, and how many there may be.</summary>
internal sealed record ProtocolHandler(Func<Libp2pStream, CancellationToken, Task> Serve, ProtocolLimits Limits);

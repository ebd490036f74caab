namespace Pyrsia.Libp2p;

/// <summary>What a host is busy with: when its users are done, all of it is back at what an idle connection takes.</summary>
/// <param name="Streams">Open streams of all connections.</param>
/// <param name="Counted">Streams of applications that are not disposed.</param>
/// <param name="Served">Streams that a handler has.</param>
/// <param name="Queued">Frames and streams that wait to be sent, pings that wait for an answer, and openings that wait for their acknowledgement.</param>
/// <param name="Tasks">Tasks of the host that run.</param>
internal readonly record struct HostLoad(int Streams, int Counted, int Served, int Queued, int Tasks);

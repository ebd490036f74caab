using System.Text.Json.Serialization;

namespace Pyrsia.Contracts.NodeApi;

/// <summary>Answer of <c>GET /status</c>: the original's three fields, and what a person also wants to know.</summary>
/// <param name="PeersCount">Connected peers that answer heartbeats.</param>
/// <param name="PeerId">The node's own peer id.</param>
/// <param name="PeerAddrs">The addresses it listens on, each ending in its peer id.</param>
/// <param name="Version">The program's version.</param>
/// <param name="Role">What the process is: <c>node</c> or <c>authority</c>.</param>
/// <param name="Reachability">Whether others can dial it: <c>public</c>, or <c>punched</c>, <c>relayed</c> or <c>private</c> when they cannot; <c>unknown</c> until peers have tried.</param>
/// <param name="Store">What it holds.</param>
/// <param name="Log">How far it follows the log; null without a network file.</param>
/// <param name="Transfers">Bytes exchanged with peers since the start.</param>
/// <param name="Policy">What it serves of what the log does not prove; null from a node that does not say.</param>
/// <param name="Quic"><c>available</c>, or why its addresses cannot be listened on or dialed; null from a node that does not say.</param>
public sealed record StatusResponse(
    [property: JsonPropertyName("peers_count")] int PeersCount,
    [property: JsonPropertyName("peer_id")] string PeerId,
    [property: JsonPropertyName("peer_addrs")] IReadOnlyList<string> PeerAddrs,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("role")] string Role,
    [property: JsonPropertyName("reachability")] string Reachability,
    [property: JsonPropertyName("store")] StoreStatus Store,
    [property: JsonPropertyName("log")] LogStatus? Log,
    [property: JsonPropertyName("transfers")] TransferStatus Transfers,
    [property: JsonPropertyName("policy")] PolicyStatus? Policy = null,
    [property: JsonPropertyName("quic")] string? Quic = null);

/// <summary>What a node serves of what the log does not prove as the network asks.</summary>
/// <param name="Mode"><c>enforce</c>, <c>warn</c> or <c>off</c>.</param>
/// <param name="Allow">Coordinates that may answer although they were not verified.</param>
public sealed record PolicyStatus([property: JsonPropertyName("mode")] string Mode, [property: JsonPropertyName("allow")] IReadOnlyList<string> Allow);

/// <summary>What a node's store holds.</summary>
/// <param name="Blobs">Number of whole files.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record StoreStatus([property: JsonPropertyName("blobs")] int Blobs, [property: JsonPropertyName("bytes")] long Bytes);

/// <summary>How far a node follows the log.</summary>
/// <param name="Origin">The log's name.</param>
/// <param name="Size">Entries covered by the newest checkpoint it verified.</param>
/// <param name="AgeSeconds">Seconds since the (f+1)-th newest cosignature of that checkpoint; null when there is no checkpoint yet.</param>
/// <param name="Quorum">On an authority whether a quorum of authorities answers; null elsewhere.</param>
public sealed record LogStatus(
    [property: JsonPropertyName("origin")] string Origin,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("age_seconds")] long? AgeSeconds,
    [property: JsonPropertyName("quorum")] bool? Quorum);

/// <summary>Bytes of content exchanged with peers since the process started.</summary>
/// <param name="BytesIn">Verified bytes received from peers.</param>
/// <param name="BytesOut">Bytes sent to peers.</param>
/// <param name="Peers">The same for each peer that bytes went to or came from.</param>
public sealed record TransferStatus(
    [property: JsonPropertyName("bytes_in")] long BytesIn,
    [property: JsonPropertyName("bytes_out")] long BytesOut,
    [property: JsonPropertyName("peers")] IReadOnlyDictionary<string, PeerTransfer> Peers);

/// <summary>Bytes of content exchanged with one peer.</summary>
/// <param name="BytesIn">Verified bytes received from it.</param>
/// <param name="BytesOut">Bytes sent to it.</param>
public sealed record PeerTransfer([property: JsonPropertyName("bytes_in")] long BytesIn, [property: JsonPropertyName("bytes_out")] long BytesOut);

/// <summary>One connected peer, in the answer of <c>GET /peers?details=true</c>.</summary>
/// <param name="PeerId">Its peer id.</param>
/// <param name="Address">The address it is connected at.</param>
/// <param name="RttMilliseconds">The last heartbeat's round trip; null before the first.</param>
/// <param name="Agent">What it says it runs.</param>
/// <param name="Role"><c>authority</c> when it belongs to the sitting set, else <c>node</c>.</param>
/// <param name="State"><c>alive</c> or <c>suspected</c>.</param>
public sealed record PeerDetails(
    [property: JsonPropertyName("peer_id")] string PeerId,
    [property: JsonPropertyName("address")] string Address,
    [property: JsonPropertyName("rtt_ms")] double? RttMilliseconds,
    [property: JsonPropertyName("agent")] string Agent,
    [property: JsonPropertyName("role")] string Role,
    [property: JsonPropertyName("state")] string State);

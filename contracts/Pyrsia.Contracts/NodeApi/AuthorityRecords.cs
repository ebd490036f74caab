using System.Text.Json.Serialization;

namespace Pyrsia.Contracts.NodeApi;

/// <summary>Answer of <c>GET /authorities</c>: who sits, and which sets for the next epoch wait for approvals.</summary>
/// <param name="Epoch">The epoch that runs, from 0.</param>
/// <param name="Quorum">How many authorities decide.</param>
/// <param name="Members">The authorities by index.</param>
/// <param name="Waiting">Proposed sets, oldest first.</param>
public sealed record AuthoritiesAnswer(
    [property: JsonPropertyName("epoch")] long Epoch,
    [property: JsonPropertyName("quorum")] int Quorum,
    [property: JsonPropertyName("members")] IReadOnlyList<AuthorityRecord> Members,
    [property: JsonPropertyName("waiting")] IReadOnlyList<SetProposalRecord> Waiting);

/// <summary>One authority.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Organisation">Who runs it.</param>
/// <param name="PeerId">Its libp2p peer id.</param>
/// <param name="VoteKey">The public key of its votes, base64.</param>
/// <param name="Cosigner">The key of its checkpoint cosignatures, a C2SP vkey.</param>
/// <param name="Log">The key of its log signatures, a C2SP vkey.</param>
public sealed record AuthorityRecord(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("organisation")] string Organisation,
    [property: JsonPropertyName("peer_id")] string PeerId,
    [property: JsonPropertyName("vote_key")] string VoteKey,
    [property: JsonPropertyName("cosigner")] string Cosigner,
    [property: JsonPropertyName("log")] string Log);

/// <summary>A proposed set.</summary>
/// <param name="Id">Names it: SHA-256 of <paramref name="Proposal"/> in hexadecimal.</param>
/// <param name="Index">Where it stands in the log.</param>
/// <param name="Proposal">The payload that its proposer has signed, canonical JSON.</param>
/// <param name="Approvals">The authorities that approved it.</param>
public sealed record SetProposalRecord(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("index")] long Index,
    [property: JsonPropertyName("proposal")] byte[] Proposal,
    [property: JsonPropertyName("approvals")] IReadOnlyList<string> Approvals);

/// <summary>Body of <c>POST /authorities/submit</c>.</summary>
/// <param name="Entry">The leaf of a signed proposal or approval.</param>
public sealed record SetSubmitRequest([property: JsonPropertyName("entry")] byte[] Entry);

/// <summary>A proposal or an approval was taken.</summary>
/// <param name="Id">The proposal.</param>
/// <param name="Message">What happens next, for people.</param>
/// <param name="Quorum">Whether a quorum of authorities answers.</param>
public sealed record SetSubmitted(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("quorum")] bool Quorum);

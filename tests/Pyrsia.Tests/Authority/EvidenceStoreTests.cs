using System.Text.Json;
using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Storage;
using Pyrsia.Consensus;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class EvidenceStoreTests : IDisposable
{
    private static readonly Hash256 Chain = Hash256.Of("chain"u8);

    private readonly TestNetwork _network = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _network.Dispose();
        _directory.Dispose();
    }

    private Vote Vote(string block)
    {
        var message = new byte[VoteBytes.Length];
        VoteBytes.Write(message, Chain, VoteKind.Notarize, new Epoch(0), new View(7), Hash256.Of(System.Text.Encoding.UTF8.GetBytes(block)));
        return new Vote(VoteKind.Notarize, new Epoch(0), new View(7), Hash256.Of(System.Text.Encoding.UTF8.GetBytes(block)), 2, new VoteSignature(_network.VoteKeys[2].Sign(message)));
    }

    [Fact]
    public void What_is_kept_can_be_verified_by_anybody_with_the_vote_key()
    {
        new EvidenceStore(new DocumentFiles(_directory["evidence"]), Chain).Keep(new Evidence(Vote("one"), Vote("two")));
        var evidence = Read(Assert.Single(Directory.GetFiles(_directory["evidence"])));
        Assert.Equal(2, evidence.Culprit);
        Assert.True(evidence.Verify(Chain, new Ed25519VoteVerifier([.. _network.Genesis.Authorities.Select(a => a.VoteKey)])));
        Assert.False(evidence.Verify(Hash256.Of("another chain"u8), new Ed25519VoteVerifier([.. _network.Genesis.Authorities.Select(a => a.VoteKey)])));
    }

    [Fact]
    public void The_first_evidence_of_a_slot_stays()
    {
        var store = new EvidenceStore(new DocumentFiles(_directory["evidence"]), Chain);
        store.Keep(new Evidence(Vote("one"), Vote("two")));
        var before = File.ReadAllText(Assert.Single(Directory.GetFiles(_directory["evidence"])));
        store.Keep(new Evidence(Vote("one"), Vote("three")));
        Assert.Equal(before, File.ReadAllText(Assert.Single(Directory.GetFiles(_directory["evidence"]))));
    }

    internal static Evidence Read(string path)
    {
        var record = JsonSerializer.Deserialize(File.ReadAllBytes(path), EvidenceJsonContext.Default.EvidenceRecord)!;
        Vote Of(Pyrsia.Authority.Cluster.VoteRecord vote) => new(
            Enum.Parse<VoteKind>(vote.Kind, ignoreCase: true), new Epoch(vote.Epoch), new View(vote.View), new Hash256(Convert.FromHexString(vote.Block)), record.Authority, new VoteSignature(vote.Signature));
        return new Evidence(Of(record.First), Of(record.Second));
    }
}

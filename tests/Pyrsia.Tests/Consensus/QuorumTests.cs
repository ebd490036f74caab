using Pyrsia.Consensus;
using Xunit;

namespace Pyrsia.Tests.Consensus;

public sealed class QuorumTests
{
    [Fact]
    public void Any_two_quorums_meet_in_more_than_f_participants_for_every_size_of_set()
    {
        for (var n = 4; n <= ConsensusLimits.MaxParticipants; n++)
        {
            var f = ConsensusParameters.FaultsOf(n);
            var q = ConsensusParameters.QuorumOf(n);
            Assert.True(f >= 1 && (3 * f) + 1 <= n);
            Assert.True((2 * q) - n >= f + 1, $"two quorums of {q} among {n} may meet in faulty participants only");
            Assert.True(q <= n - f, $"{q} of {n} cannot be reached when {f} are silent");
        }
    }

    [Theory]
    [InlineData(4, 1, 3)]
    [InlineData(5, 1, 4)]
    [InlineData(6, 1, 5)]
    [InlineData(7, 2, 5)]
    [InlineData(10, 3, 7)]
    [InlineData(100, 33, 67)]
    public void A_quorum_is_n_minus_f(int participants, int faults, int quorum)
    {
        Assert.Equal(faults, ConsensusParameters.FaultsOf(participants));
        Assert.Equal(quorum, ConsensusParameters.QuorumOf(participants));
    }

    [Fact]
    public void The_limits_fit_into_each_other()
    {
        Assert.True(Entry.MaxBytes <= ConsensusLimits.MaxBlockBytes);
        Assert.True(ConsensusLimits.MaxBlockBytes + (ConsensusLimits.MaxBlockEntries * 2) < ConsensusLimits.MaxMessageBytes);
        Assert.True(ConsensusLimits.MaxBlockEntries * Hash256.Size < ConsensusLimits.MaxMessageBytes);
        Assert.True(ConsensusLimits.MaxPoolEntries / ConsensusLimits.MaxParticipants >= 1);
        Assert.True(ConsensusLimits.MaxPoolBytes / ConsensusLimits.MaxParticipants >= Entry.MaxBytes);
        Assert.True(ConsensusLimits.MaxNullifications * 250 < ConsensusLimits.MaxMessageBytes, "a set of four must be able to justify that many failed views");
        Assert.True(ConsensusLimits.MaxParticipants <= 256, "a signer's index is one byte");
        Assert.True(new ConsensusTiming().Heartbeat.TotalMilliseconds <= LogTime.MaxStepMs, "log time must be able to follow the clock by heartbeats alone");
    }
}

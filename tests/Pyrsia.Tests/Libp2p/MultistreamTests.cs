using System.Text;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>A listener that is spoken to in bytes.</summary>
public sealed class MultistreamTests
{
    private const string Header = "\u0013/multistream/1.0.0\n";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_behind_the_last_line_is_taken_from_the_protocol()
    {
        var (protocol, _, left) = await ListenAsync(Header + "\u0003/x\nfirst bytes");
        Assert.Equal(("/x", "first bytes"), (protocol, left));
    }

    [Fact]
    public async Task A_header_that_is_repeated_is_answered_and_what_is_not_served_is_refused_and_the_next_proposal_taken()
    {
        var (protocol, answered, _) = await ListenAsync(Header + Header + "\u0003ls\n" + "\u001d/libp2p/simultaneous-connect\n" + "\u0003/x\n");
        Assert.Equal("/x", protocol);
        Assert.Equal(Header + Header + "\u0003na\n" + "\u0003na\n" + "\u0003/x\n", answered);
    }

    [Theory]
    [InlineData("\u0013/multistream/2.0.0\n")]
    [InlineData("\u0003/x\n")]
    [InlineData("\u0000")]
    [InlineData(Header + "\u0003/xx")]
    public async Task A_first_line_that_is_another_and_a_line_without_its_end_are_refused(string text) =>
        await Assert.ThrowsAsync<PeerProtocolException>(() => ListenAsync(text));

    [Fact]
    public async Task A_line_beyond_the_limit_is_refused_before_it_has_come() =>
        await Assert.ThrowsAsync<PeerProtocolException>(() => ListenAsync(Header + "\u0081\u0008/only its beginning"));

    [Fact]
    public async Task A_dialer_that_never_stops_proposing_is_refused() =>
        await Assert.ThrowsAsync<PeerProtocolException>(() => ListenAsync(Header + string.Concat(Enumerable.Repeat("\u0003/y\n", MultistreamSelect.MaxProposals))));

    [Fact]
    public async Task An_answer_that_is_another_protocol_than_the_proposed_one_is_refused()
    {
        var (ours, theirs) = MemoryPair.Open();
        using var input = new InputBuffer(ours);
        await theirs.SendAsync(Encoding.Latin1.GetBytes(Header + "\u0003/y\n"), Ct);
        await Assert.ThrowsAsync<PeerProtocolException>(async () => await MultistreamSelect.DialAsync(input, ["/x"], Ct));
    }

    /// <summary>What a listener that serves /x agrees on, what it answered, and what it left to the protocol.</summary>
    private static async Task<(string Protocol, string Answered, string Left)> ListenAsync(string text)
    {
        var (ours, theirs) = MemoryPair.Open();
        using var input = new InputBuffer(ours);
        await theirs.SendAsync(Encoding.Latin1.GetBytes(text), Ct);
        var protocol = await MultistreamSelect.ListenAsync(input, id => id == "/x", Ct);
        var answer = new byte[1024];
        var n = await theirs.ReceiveAsync(answer, Ct);
        return (protocol, Encoding.Latin1.GetString(answer, 0, n), Encoding.Latin1.GetString(input.Buffered.Span));
    }
}

using Pyrsia.Libp2p;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>The threads of one connection: none waits for another longer than it must, and nothing is left behind.</summary>
public sealed class YamuxConnectionTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_small_message_is_left_behind_however_many_threads_send()
    {
        const int Streams = 16;
        const int Rounds = 1_000;
        await using var hosts = new TestHosts();
        var (a, b) = await hosts.ConnectedPairAsync();
        Echo.Serve(b);
        await Task.WhenAll(Enumerable.Range(1, Streams).Select(size => Task.Run(() => TalkAsync(size), Ct))).WaitAsync(TimeSpan.FromMinutes(1), Ct);

        async Task TalkAsync(int size)
        {
            await using var stream = await a.OpenStreamAsync(b.Id, Echo.Protocol, Ct);
            var (sent, received) = (new byte[size], new byte[size]);
            for (var round = 0; round < Rounds; round++)
            {
                Array.Fill(sent, (byte)(round % 256));
                await stream.WriteAsync(sent, Ct);
                await stream.ReadExactlyAsync(received, Ct);
                Assert.Equal(sent, received);
            }
        }
    }

    [Fact]
    public async Task What_is_asked_of_a_side_that_leaves_does_not_cut_what_it_has_sent()
    {
        const int Length = 200_000;
        const string Protocol = "/test/parting/1.0.0";
        await using var hosts = new TestHosts();
        // It listens nowhere: who asks it does not dial it anew.
        var a = await hosts.StartSilentAsync();
        var b = await hosts.StartAsync();
        await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        for (var round = 0; round < 20; round++)
        {
            var protocol = $"{Protocol}/{round}";
            var received = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            b.Handle(protocol, async (stream, ct) =>
            {
                // Every ping is to be answered by a side that has said go-away.
                var asking = AskAsync(ct);
                var buffer = new byte[1024];
                var count = 0;
                while (await stream.ReadAsync(buffer, ct) is > 0 and var n) count += n;
                received.SetResult(count);
                await asking;
            });
            var gone = TestHosts.NextAsync(b, a.Id, PeerEventKind.Disconnected);
            var own = await a.OpenStreamAsync(b.Id, protocol, Ct);
            await own.WriteAsync(new byte[Length], Ct);
            own.CompleteWrite();
            await a.DisconnectAsync(b.Id);
            Assert.Equal(Length, await received.Task.WaitAsync(Ct));
            await gone;
            await a.ConnectAsync(TestHosts.AddressOf(b), Ct);
        }

        async Task AskAsync(CancellationToken cancellationToken)
        {
            try
            {
                for (var i = 0; i < 50; i++) await b.PingAsync(a.Id, cancellationToken);
            }
            catch (Exception e) when (e is Libp2pException or IOException or OperationCanceledException)
            {
                // It left.
            }
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Each test listens to all spans and looks at those of its own trace, or of its own peers.</summary>
public sealed class HostTracesTests : IAsyncDisposable
{
    private readonly ActivitySource _source = new($"test {Guid.NewGuid()}");
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly TestHosts _hosts = new();
    private TaskCompletionSource _another = NewSignal();

    public HostTracesTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == HostTraces.SourceName || source.Name == _source.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                _ended.Enqueue(span);
                Interlocked.Exchange(ref _another, NewSignal()).SetResult();
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync();
        _listener.Dispose();
        _source.Dispose();
    }

    private ILookup<string, Activity> In(Activity trace) => _ended.Where(span => span.TraceId == trace.TraceId).ToLookup(span => span.OperationName);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<Activity> EndedAsync(Func<Activity, bool> isIt)
    {
        while (true)
        {
            var another = Volatile.Read(ref _another).Task;
            if (_ended.FirstOrDefault(isIt) is { } found) return found;
            await another.WaitAsync(TimeSpan.FromSeconds(30), TestHosts.Cancelled);
        }
    }

    [Fact]
    public async Task A_dial_tells_who_answered_where_and_by_which_protocol_and_both_ends_tell_of_the_handshake()
    {
        var listener = await _hosts.StartAsync();
        var dialer = await _hosts.StartSilentAsync();
        Activity trace;
        using (trace = _source.StartActivity("asks")!) await dialer.ConnectAsync(TestHosts.AddressOf(listener), TestHosts.Cancelled);
        var dial = Assert.Single(In(trace)["libp2p dial"]);
        var address = Assert.Single(In(trace)["libp2p dial address"]);
        var handshake = Assert.Single(In(trace)["libp2p handshake"]);
        Assert.Equal([trace.SpanId, dial.SpanId, address.SpanId], [dial.ParentSpanId, address.ParentSpanId, handshake.ParentSpanId]);
        Assert.All([dial, address, handshake], span =>
        {
            Assert.Equal(ActivityKind.Client, span.Kind);
            Assert.Equal(ActivityStatusCode.Unset, span.Status);
            Assert.Equal(listener.Id.ToString(), span.GetTagItem("libp2p.peer.id"));
            Assert.Equal("/noise", span.GetTagItem("libp2p.security"));
            Assert.StartsWith(listener.ListenAddresses[0].ToString(), (string?)span.GetTagItem("libp2p.address"), StringComparison.Ordinal);
        });
        // The dialer may use the connection before the listener is done with it.
        var inbound = await EndedAsync(span => span.Kind == ActivityKind.Server && Equals(span.GetTagItem("libp2p.peer.id"), dialer.Id.ToString()));
        Assert.Equal("libp2p handshake", inbound.OperationName);
        Assert.NotEqual(trace.TraceId, inbound.TraceId);
    }

    [Fact]
    public async Task A_dial_that_fails_says_why_at_the_address_and_as_a_whole()
    {
        var dialer = await _hosts.StartSilentAsync();
        var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var port = ((IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();
        Activity trace;
        using (trace = _source.StartActivity("asks")!) await Assert.ThrowsAsync<DialFailedException>(() => dialer.ConnectAsync(Multiaddr.Parse($"/ip4/127.0.0.1/tcp/{port}"), TestHosts.Cancelled));
        var dial = Assert.Single(In(trace)["libp2p dial"]);
        var address = Assert.Single(In(trace)["libp2p dial address"]);
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Error], [dial.Status, address.Status]);
        Assert.Equal([typeof(DialFailedException).FullName, typeof(SocketException).FullName], [dial.GetTagItem("error.type"), address.GetTagItem("error.type")]);
        Assert.Contains("cannot be reached", dial.StatusDescription, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_was_slower_than_another_was_given_up_and_did_not_fail()
    {
        var listener = await _hosts.StartAsync();
        var dialer = await _hosts.StartSilentAsync(options => options with { DialStagger = TimeSpan.FromMilliseconds(10) });
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var slow = Multiaddr.Parse($"/ip4/127.0.0.1/tcp/{((IPEndPoint)silent.LocalEndpoint).Port}");
        dialer.AddressResolver = (_, _) => Task.FromResult<IReadOnlyList<Multiaddr>>([slow, listener.ListenAddresses[0]]);
        Activity trace;
        using (trace = _source.StartActivity("asks")!) await dialer.ConnectAsync(listener.Id, TestHosts.Cancelled);
        var loser = await EndedAsync(span => span.TraceId == trace.TraceId && span.GetTagItem("libp2p.address") is string address && address.StartsWith(slow.ToString(), StringComparison.Ordinal));
        Assert.Equal(true, loser.GetTagItem("libp2p.given_up"));
        Assert.Equal(ActivityStatusCode.Unset, loser.Status);
        Assert.Equal(ActivityStatusCode.Unset, Assert.Single(In(trace)["libp2p dial"]).Status);
    }

    [Fact]
    public async Task What_comes_over_a_connection_is_no_part_of_what_it_was_dialed_for()
    {
        var listener = await _hosts.StartAsync();
        var dialer = await _hosts.StartSilentAsync();
        var within = new TaskCompletionSource<Activity?>(TaskCreationOptions.RunContinuationsAsynchronously);
        dialer.Handle("/asked/1.0.0", (_, _) =>
        {
            within.SetResult(Activity.Current);
            return Task.CompletedTask;
        });
        var met = TestHosts.NextAsync(listener, dialer.Id, PeerEventKind.Connected);
        using (_source.StartActivity("asks")) await dialer.ConnectAsync(TestHosts.AddressOf(listener), TestHosts.Cancelled);
        await met;
        await using var stream = await listener.OpenStreamAsync(dialer.Id, "/asked/1.0.0", TestHosts.Cancelled);
        await stream.ConfirmAsync(TestHosts.Cancelled);
        Assert.Null(await within.Task.WaitAsync(TestHosts.Cancelled));
    }
}

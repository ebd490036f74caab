using System.Net;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

/// <summary>TXT look-ups and <c>/dnsaddr</c>, against a scripted name server on loopback.</summary>
public sealed class DnsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static byte[] Question(string name = "_dnsaddr.example.org") => DnsMessage.TryAsk(0x1234, name, out var question) ? question : throw new ArgumentException(name);

    private static DnsTextClient Client(params ScriptedNameServer[] servers) => new([.. servers.Select(s => s.EndPoint)], TimeProvider.System);

    private static (DnsOutcome Outcome, IReadOnlyList<string> Texts) Read(byte[] question, byte[] answer) => (DnsMessage.Read(question, answer, out var texts), texts);

    [Fact]
    public void A_question_has_the_bytes_of_the_specification() =>
        Assert.Equal("1234" + "0100" + "0001000000000000" + "03" + "666f6f" + "02" + "6261" + "00" + "0010" + "0001", Convert.ToHexStringLower(Question("foo.ba")));

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("b\u00fccher.example")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234.org")]
    public void What_is_no_name_is_not_asked(string name) => Assert.False(DnsMessage.TryAsk(1, name, out _));

    [Fact]
    public void Strings_of_a_record_are_joined_and_an_alias_is_followed()
    {
        var question = Question("a.b");
        var answer = ScriptedNameServer.Answer(question, [new string('x', 300), "two"]);
        Assert.Equal(DnsOutcome.Answered, Read(question, answer).Outcome);
        Assert.Equal([new string('x', 300), "two"], Read(question, answer).Texts);

        // a.b is an alias of c.b, and the text stands under c.b; its name points back into the question.
        byte[] aliased = [.. question, 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 4, 1, (byte)'c', 0xc0, 14, 1, (byte)'c', 0xc0, 14, 0, 16, 0, 1, 0, 0, 0, 0, 0, 2, 1, (byte)'t'];
        (aliased[2], aliased[7]) = (0x81, 2);
        Assert.Equal(["t"], Read(question, aliased).Texts);
    }

    [Fact]
    public void An_answer_to_another_question_or_with_a_pointer_that_does_not_go_back_is_none()
    {
        var question = Question();
        var answer = ScriptedNameServer.Answer(question, ["text"]);
        Assert.Equal(DnsOutcome.Answered, Read(question, answer).Outcome);
        Assert.Equal(DnsOutcome.NotAnAnswer, Read(Question("_dnsaddr.example.net"), answer).Outcome);
        foreach (var (at, value) in new[] { (0, 0x99), (2, 0x01), (question.Length + 1, question.Length), (question.Length + 11, 200), (question.Length + 12, 9) })
        {
            var changed = answer.ToArray();
            changed[at] = (byte)value;
            Assert.True(Read(question, changed).Outcome == DnsOutcome.NotAnAnswer, $"byte {at}");
        }
        for (var i = 0; i < answer.Length; i++) Assert.Equal(DnsOutcome.NotAnAnswer, Read(question, answer[..i]).Outcome);
        Assert.Equal(DnsOutcome.NoSuchName, Read(question, ScriptedNameServer.Answer(question, [], result: 3)).Outcome);
        Assert.Equal(DnsOutcome.ServerFailed, Read(question, ScriptedNameServer.Answer(question, [], result: 2)).Outcome);
    }

    [Fact]
    public void The_name_servers_stand_in_resolv_conf()
    {
        Assert.Equal(
            [new IPEndPoint(IPAddress.Parse("10.0.0.1"), 53), new IPEndPoint(IPAddress.Parse("fd00::1"), 53)],
            DnsServers.Read(["# nameserver 1.1.1.1", "search example.org", "nameserver 10.0.0.1", "nameserver\tfd00::1 # second", "nameserver nowhere"]));
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 53)], DnsServers.Read([]));
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_a_datagram_comes_over_TCP()
    {
        await using var server = new ScriptedNameServer();
        var texts = Enumerable.Range(0, 10).Select(i => $"{i}" + new string('x', 200)).ToArray();
        server.Texts["long.example"] = texts;
        Assert.Equal(texts, await Client(server).LookupAsync("long.example", Ct));
        Assert.Equal(1, server.AskedOverTcp);
        Assert.Empty(await Client(server).LookupAsync("nobody.example", Ct));
    }

    [Fact]
    public async Task A_server_that_fails_or_answers_something_else_is_passed_over()
    {
        await using var failing = new ScriptedNameServer { Tamper = answer => { answer[3] = 0x82; return answer; } };
        await using var good = new ScriptedNameServer();
        good.Texts["x.example"] = ["text"];
        Assert.Equal(["text"], await Client(failing, good).LookupAsync("x.example", Ct));
        var error = await Assert.ThrowsAsync<DialFailedException>(() => Client(failing).LookupAsync("x.example", Ct));
        Assert.Contains("no name server answers", error.Message, StringComparison.Ordinal);
        Assert.Contains("ServerFailed", error.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_lead_to_names_and_a_circle_or_a_flood_ends()
    {
        var peer = KeyPair.Generate().PeerId;
        var records = new Dictionary<string, string[]>
        {
            ["_dnsaddr.top"] = ["dnsaddr=/dnsaddr/eu", "dnsaddr=/dnsaddr/top", "unrelated", "dnsaddr=nothing"],
            ["_dnsaddr.eu"] = [$"dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/{peer}", $"dnsaddr=/ip4/10.0.0.2/tcp/1/p2p/{KeyPair.Generate().PeerId}"],
            ["_dnsaddr.flood"] = [.. Enumerable.Range(0, 200).Select(i => $"dnsaddr=/ip4/10.0.1.{i}/tcp/1")],
            ["_dnsaddr.wide"] = [.. Enumerable.Range(0, 200).Select(i => $"dnsaddr=/dnsaddr/leaf{i}")],
            ["_dnsaddr.d0"] = ["dnsaddr=/dnsaddr/d1"],
            ["_dnsaddr.d1"] = ["dnsaddr=/dnsaddr/d2"],
            ["_dnsaddr.d2"] = ["dnsaddr=/dnsaddr/d3"],
            ["_dnsaddr.d3"] = ["dnsaddr=/dnsaddr/d4"],
            ["_dnsaddr.d4"] = ["dnsaddr=/ip4/10.0.0.1/tcp/1"],
        };
        var asked = new List<string>();
        var resolver = new DnsaddrResolver((name, _) =>
        {
            asked.Add(name);
            return Task.FromResult<IReadOnlyList<string>>(records.GetValueOrDefault(name, []));
        });
        Task<IReadOnlyList<Multiaddr>> Resolve(string text) => resolver.ResolveAsync(Multiaddr.Parse(text), Ct);

        Assert.Equal(2, (await Resolve("/dnsaddr/top")).Count);
        Assert.Equal([Multiaddr.Parse($"/ip4/10.0.0.1/tcp/1/p2p/{peer}")], await Resolve($"/dnsaddr/top/p2p/{peer}"));
        Assert.Equal(DnsaddrResolver.MaxAddresses, (await Resolve("/dnsaddr/flood")).Count);
        asked.Clear();
        Assert.Empty(await Resolve("/dnsaddr/wide"));
        Assert.Equal(DnsaddrResolver.MaxLookups, asked.Count);
        Assert.Empty(await Resolve("/dnsaddr/d0"));
        Assert.Single(await Resolve("/dnsaddr/d1"));
    }

    [Fact]
    public async Task A_host_stays_connected_to_a_bootstrap_peer_that_only_DNS_knows()
    {
        await using var server = new ScriptedNameServer();
        await using var hosts = new TestHosts();
        var known = await hosts.StartAsync();
        var gone = Multiaddr.Parse("/ip4/127.0.0.1/tcp/1").WithPeerId(KeyPair.Generate().PeerId);
        server.Texts["_dnsaddr.boot.example"] = [$"dnsaddr={gone}", "dnsaddr=/dnsaddr/eu.boot.example"];
        server.Texts["_dnsaddr.eu.boot.example"] = [$"dnsaddr={TestHosts.AddressOf(known)}"];
        var identity = KeyPair.Generate();
        var connected = TestHosts.NextAsync(known, identity.PeerId, PeerEventKind.Connected);
        await hosts.StartAsync(o => o with { Identity = identity, NameServers = [server.EndPoint], Bootstrap = [Multiaddr.Parse("/dnsaddr/boot.example")] });
        await connected;

        var other = await hosts.StartAsync(o => o with { NameServers = [server.EndPoint] });
        Assert.Equal(known.Id, await other.ConnectAsync(Multiaddr.Parse($"/dnsaddr/boot.example/p2p/{known.Id}"), Ct));
        var error = await Assert.ThrowsAsync<DialFailedException>(() => other.ConnectAsync(Multiaddr.Parse("/dnsaddr/nowhere.example"), Ct));
        Assert.Contains("name no address", error.Message, StringComparison.Ordinal);
    }
}

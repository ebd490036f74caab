using System.Buffers;
using System.Text;
using Pyrsia.Libp2p;
using Xunit;

namespace Pyrsia.Tests.Libp2p;

public sealed class WebSocketHandshakeTests
{
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    private const string Good = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: " + Key + "\r\nSec-WebSocket-Version: 13\r\n\r\n";

    private static HttpHead Head(string text)
    {
        Assert.Equal(OperationStatus.Done, HttpHead.Read(Encoding.Latin1.GetBytes(text), out var head, out var consumed));
        Assert.Equal(text.Length, consumed);
        return head!;
    }

    [Fact]
    public void The_answer_is_that_of_the_sample_in_RFC_6455()
    {
        Assert.True(WebSocketHandshake.TryAnswer(Head(Good), out var answer));
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
        Assert.True(WebSocketHandshake.Agrees(Head(Encoding.ASCII.GetString(answer)), Key));
    }

    [Fact]
    public void Our_own_request_is_answered()
    {
        var key = WebSocketHandshake.NewKey();
        Assert.True(WebSocketHandshake.TryAnswer(Head(Encoding.ASCII.GetString(WebSocketHandshake.Request("[::1]:80", key))), out var answer));
        Assert.True(WebSocketHandshake.Agrees(Head(Encoding.ASCII.GetString(answer)), key));
        Assert.False(WebSocketHandshake.Agrees(Head(Encoding.ASCII.GetString(answer)), WebSocketHandshake.NewKey()));
    }

    [Theory]
    [InlineData("GET ", "POST ", "400")]
    [InlineData("HTTP/1.1", "HTTP/1.0", "400")]
    [InlineData("Host: server.example.com\r\n", "", "400")]
    [InlineData("Upgrade: websocket", "Upgrade: h2c", "426")]
    [InlineData("keep-alive, Upgrade", "keep-alive", "426")]
    [InlineData("Version: 13", "Version: 8", "426")]
    [InlineData(Key, "dGhlIHNhbXBsZSBub25j", "400")]
    [InlineData(Key, "!!!!!!!!!!!!!!!!!!!!!!!!", "400")]
    public void A_request_for_something_else_is_refused(string right, string wrong, string status)
    {
        Assert.False(WebSocketHandshake.TryAnswer(Head(Good.Replace(right, wrong, StringComparison.Ordinal)), out var answer));
        Assert.StartsWith($"HTTP/1.1 {status} ", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 101", "HTTP/1.1 200")]
    [InlineData("Upgrade: websocket", "Upgrade: h2c")]
    [InlineData("Connection: Upgrade", "Connection: close")]
    [InlineData("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOp=")]
    [InlineData("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")]
    [InlineData("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n")]
    public void An_answer_that_does_not_agree_to_what_was_asked_is_refused(string right, string wrong)
    {
        Assert.True(WebSocketHandshake.TryAnswer(Head(Good), out var answer));
        Assert.False(WebSocketHandshake.Agrees(Head(Encoding.ASCII.GetString(answer).Replace(right, wrong, StringComparison.Ordinal)), Key));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n folded: x\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost : x\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n: x\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\nb\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\u0000\r\n\r\n")]
    public void A_malformed_head_is_refused(string text) => Assert.Equal(OperationStatus.InvalidData, HttpHead.Read(Encoding.Latin1.GetBytes(text), out _, out _));

    [Fact]
    public void A_head_that_has_no_end_within_the_limit_is_refused()
    {
        var long1 = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nCookie: " + new string('x', HttpHead.MaxLength));
        Assert.Equal(OperationStatus.NeedMoreData, HttpHead.Read(long1.AsSpan(0, HttpHead.MaxLength - 1), out _, out _));
        Assert.Equal(OperationStatus.InvalidData, HttpHead.Read(long1, out _, out _));
        var many = "GET / HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("a: b\r\n", HttpHead.MaxFields + 1)) + "\r\n";
        Assert.Equal(OperationStatus.InvalidData, HttpHead.Read(Encoding.ASCII.GetBytes(many), out _, out _));
    }
}

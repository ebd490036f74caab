using System.Text;
using Pyrsia.Builds.Sources;
using Xunit;

namespace Pyrsia.Tests.Builds;

public sealed class ProxyRequestTests
{
    private static ProxyRequest? Parse(string head) => ProxyRequest.TryParse(Encoding.ASCII.GetBytes(head), out var request) ? request : null;

    [Fact]
    public void A_tunnel_names_its_host_and_port()
    {
        var request = Parse("CONNECT git.example.org:443 HTTP/1.1\r\nHost: git.example.org:443\r\n\r\n");
        Assert.Equal(("git.example.org", 443, true), (request!.Host, request.Port, request.IsTunnel));
        Assert.Equal("::1", Parse("CONNECT [::1]:443 HTTP/1.1\r\n\r\n")!.Host);
    }

    [Fact]
    public void A_forwarded_request_goes_on_in_origin_form_once_and_without_credentials()
    {
        var request = Parse("GET http://127.0.0.1:8080/a.git/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: other\r\nAuthorization: Basic eA==\r\nProxy-Connection: keep-alive\r\nGit-Protocol: version=2\r\n\r\n");
        Assert.Equal(("127.0.0.1", 8080, false), (request!.Host, request.Port, request.IsTunnel));
        Assert.Equal(
            "GET /a.git/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\nGit-Protocol: version=2\r\n\r\n", Encoding.ASCII.GetString(request.Head.Span));
    }

    [Theory]
    [InlineData("CONNECT git.example.org HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT git.example.org:0 HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT git.example.org:443 HTTP/1.0\r\n\r\n")]
    [InlineData("CONNECT a b:443 HTTP/1.1\r\n\r\n")]
    [InlineData("GET /origin-form HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET https://example.org/ HTTP/1.1\r\n\r\n")]
    [InlineData("GET http://user:secret@example.org/ HTTP/1.1\r\n\r\n")]
    [InlineData("PUT http://example.org/ HTTP/1.1\r\n\r\n")]
    [InlineData("GET http://example.org/ HTTP/1.1\r\nno colon\r\n\r\n")]
    [InlineData("GET http://example.org/ HTTP/1.1\r\n folded: x\r\n\r\n")]
    [InlineData("GET http://example.org/ HTTP/1.1\nHost: x\n\n")]
    [InlineData("GET http://example.org/ HTTP/1.1\r\nA: x\u0001\r\n\r\n")]
    [InlineData("GET http://example.org:0/ HTTP/1.1\r\n\r\n")]
    [InlineData("GET http://a-label-of-more-than-63-characters-is-no-name-that-anybody-can-look-up.org/ HTTP/1.1\r\n\r\n")]
    [InlineData("")]
    public void What_is_no_request_to_a_proxy_is_refused(string head) => Assert.Null(Parse(head));

    [Fact]
    public void A_head_without_end_is_not_waited_for_beyond_its_limit() =>
        Assert.Null(Parse($"GET http://example.org/ HTTP/1.1\r\nA: {new string('x', ProxyRequest.MaxHeadBytes)}\r\n\r\n"));
}

using System.Net;
using System.Text;
using Pyrsia.Cli;
using Pyrsia.Testing;

namespace Pyrsia.Tests.Cli;

/// <summary>Runs the command line in this process against a scripted node.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    /// <summary>What the node answers; null where nothing may be asked.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage>? Node { get; set; }

    public Dictionary<string, string> Variables { get; } = [];

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public string Out { get; private set; } = "";

    public byte[] OutBytes { get; private set; } = [];

    public string Error { get; private set; } = "";

    public string this[string name] => _home[name];

    public async Task<int> Of(params string[] args)
    {
        var (output, error, bytes) = (new StringWriter(), new StringWriter(), new MemoryStream());
        var environment = new CliEnvironment(
            output, () => bytes, error, name => Variables.GetValueOrDefault(name) ?? (name == "HOME" ? _home.Path : null), Time,
            () => new Scripted(Node), AppContext.BaseDirectory, OutIsTerminal: false, ErrorIsTerminal: false);
        var code = await CommandLine.RunAsync(args, environment, Xunit.TestContext.Current.CancellationToken);
        (Out, Error, OutBytes) = (output.ToString(), error.ToString(), bytes.ToArray());
        return code;
    }

    public void Dispose() => _home.Dispose();

    public static HttpResponseMessage Json(string json, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private sealed class Scripted(Func<HttpRequestMessage, HttpResponseMessage>? node) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (node is null) throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
            var response = node(request);
            response.RequestMessage = request;
            return Task.FromResult(response);
        }
    }
}

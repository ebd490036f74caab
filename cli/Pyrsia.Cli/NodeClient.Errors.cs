using System.Net;
using System.Text.Json;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Cli;

internal sealed partial class NodeClient
{
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        using var timeout = new CancellationTokenSource(AnswerTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await _http.SendAsync(request, completion, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException($"The node at {Address} did not answer within {AnswerTimeout.TotalSeconds:0} seconds.", "node-unreachable", "Check whether the node is well: its log, and curl " + Address + ApiRoutes.Live, ExitCode.Unreachable, e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new CliException($"The answer of {Address} is longer than {MaxAnswerBytes} bytes.", "bad-answer", "Check that --node names a Pyrsia node.", ExitCode.Failed, e);
        }
        catch (HttpRequestException e)
        {
            throw new CliException($"The node at {Address} cannot be reached: {e.Message}", "node-unreachable", "Start pyrsia-node, or name a running one with --node URL or PYRSIA_NODE.", ExitCode.Unreachable, e);
        }
    }

    /// <summary>Turns a refusal into the exception that ends the command.</summary>
    private static async Task RequireAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode) return;
        var error = await ReadErrorAsync(response, cancellationToken);
        var status = $"HTTP status {(int)response.StatusCode} ({response.ReasonPhrase}) for {response.RequestMessage!.RequestUri!.AbsolutePath}";
        throw new CliException(
            error?.Error ?? status, error?.Code ?? "refused", error?.Advice ?? "Check that --node names a Pyrsia node, and look into its log.",
            response.StatusCode switch
            {
                HttpStatusCode.NotFound => ExitCode.NotFound,
                HttpStatusCode.BadRequest => error is null ? ExitCode.Failed : ExitCode.Usage,
                _ => ExitCode.Failed,
            });
    }

    private static async Task<ApiError?> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return JsonSerializer.Deserialize(body, NodeApiJsonContext.Default.ApiError) is { Error: not null, Code: not null } error ? error : null;
        }
        catch (JsonException)
        {
            return null; // not of this API; the caller tells the status
        }
    }
}

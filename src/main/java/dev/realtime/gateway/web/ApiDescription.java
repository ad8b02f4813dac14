package dev.realtime.gateway.web;

import dev.realtime.gateway.http.Problem;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.ObjectSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.server.WebFilter;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;

/**
 * The description of the server API at {@code /v3/api-docs} (OpenAPI 3.1). It needs no token: its
 * content is public anyway, and the tools that read it have none.
 */
@Configuration(proxyBeanMethods = false)
final class ApiDescription {

  private static final String SCHEME = "serviceToken";
  private static final String PROBLEM = "Problem";
  private static final String PROBLEM_JSON = "application/problem+json";
  private static final String JSON = "application/json";

  /**
   * The required fields of each body. Their records accept null there, so that a refusal can name
   * the field.
   */
  private static final Map<String, List<String>> REQUIRED =
      Map.of(
          "Chat", List.of("type", "memberIds"),
          "NewMessage", List.of("senderId"),
          "NewStream", List.of("hostId", "title"),
          "NewNotifications", List.of("userIds", "type", "title", "message"),
          "NewEvent", List.of("event", "data"),
          "Room", List.of("kind", "id"),
          "ImportLine", List.of("id"),
          "OldMessage", List.of("id", "senderId", "createdAt"));

  /** The paths of the description and of the page that shows it. */
  private static final List<String> APART = List.of("/v3/api-docs", "/swagger-ui", "/webjars/");

  static {
    // Jackson's tree stands for any JSON object; the methods of its class are not properties.
    SpringDocUtils.getConfig().replaceWithSchema(JsonNode.class, new ObjectSchema());
  }

  /** Moves the description off the threads of the sockets: each request builds it, under a lock. */
  @Bean
  WebFilter describedApart() {
    return (exchange, chain) -> {
      String path = exchange.getRequest().getPath().value();
      return APART.stream().anyMatch(path::startsWith)
          ? chain.filter(exchange).subscribeOn(Schedulers.boundedElastic())
          : chain.filter(exchange);
    };
  }

  @Bean
  OpenAPI description() {
    return new OpenAPI()
        .info(
            new Info()
                .title("realtime-gateway server API")
                .version("v1")
                .description("The API for the platform's backend. It requires a service token.")
                .license(new License().name("Apache-2.0").identifier("Apache-2.0")))
        .addSecurityItem(new SecurityRequirement().addList(SCHEME))
        .components(
            new Components()
                .addSecuritySchemes(
                    SCHEME,
                    new SecurityScheme()
                        .type(SecurityScheme.Type.HTTP)
                        .scheme("bearer")
                        .bearerFormat("JWT")
                        .description("An access token with gateway:admin in its scope."))
                .addSchemas(PROBLEM, problem()));
  }

  private static Schema<?> problem() {
    StringSchema code = new StringSchema();
    Arrays.stream(ErrorCode.values()).map(ErrorCode::wireName).forEach(code::addEnumItem);
    Schema<Object> problem = new ObjectSchema();
    problem.setDescription("A refusal (RFC 9457) with the code and field of the socket's errors.");
    problem.setRequired(List.of("title", "status", "detail", "code"));
    problem
        .addProperty("title", new StringSchema())
        .addProperty("status", new IntegerSchema())
        .addProperty("detail", new StringSchema().description("A sentence for people."))
        .addProperty("code", code)
        .addProperty("field", new StringSchema().description("Which field was wrong."))
        .addProperty("retryAfterMs", new IntegerSchema().format("int64"));
    return problem;
  }

  /** Adds what the types of the code do not show. */
  @Bean
  OpenApiCustomizer completed() {
    return api -> {
      REQUIRED.forEach((name, fields) -> schema(api, name).setRequired(fields));
      schema(api, "DeadLetter").addProperty("data", new ObjectSchema());
    };
  }

  private static Schema<?> schema(OpenAPI api, String name) {
    return Objects.requireNonNull(api.getComponents().getSchemas().get(name), name);
  }

  @Bean
  OperationCustomizer describedCalls() {
    return ApiDescription::describe;
  }

  private static Operation describe(Operation operation, HandlerMethod method) {
    Described described = method.getMethodAnnotation(Described.class);
    if (described != null) {
      operation.summary(described.value());
      if (described.answers().length > 0) {
        operation.responses(answers(operation.getResponses(), described.answers()));
      }
    }
    ApiResponses responses = operation.getResponses();
    refusals(operation, described)
        .forEach((status, codes) -> {
          String words = codes.stream().map(ErrorCode::wireName).collect(Collectors.joining(", "));
          responses.addApiResponse(Integer.toString(status), refusal(words));
        });
    responses.addApiResponse("default", refusal("internal: a fault of the gateway"));
    return operation;
  }

  /** Returns responses that have the same body for each of these statuses. */
  private static ApiResponses answers(ApiResponses shown, int[] statuses) {
    Content content = shown.values().iterator().next().getContent();
    ApiResponses answers = new ApiResponses();
    for (int status : statuses) {
      answers.addApiResponse(
          Integer.toString(status),
          new ApiResponse().description(status == 201 ? "Created" : "OK").content(content));
    }
    return answers;
  }

  private static Map<Integer, Set<ErrorCode>> refusals(
      Operation operation, @Nullable Described described) {
    Set<ErrorCode> codes =
        EnumSet.of(ErrorCode.UNAUTHORIZED, ErrorCode.TOKEN_EXPIRED, ErrorCode.FORBIDDEN);
    if (operation.getRequestBody() != null) {
      codes.add(ErrorCode.UNSUPPORTED_DATA);
      // An NDJSON body reports errors per line and has no size limit, so neither code applies to
      // the call.
      if (operation.getRequestBody().getContent().containsKey(JSON)) {
        codes.addAll(Set.of(ErrorCode.BAD_REQUEST, ErrorCode.TOO_LARGE));
      }
    }
    if (operation.getParameters() != null) {
      codes.add(ErrorCode.BAD_REQUEST);
    }
    if (described != null) {
      codes.addAll(List.of(described.refusals()));
    }
    return codes.stream()
        .collect(
            Collectors.groupingBy(
                code -> Problem.of(GatewayException.of(code)).status(),
                TreeMap::new,
                Collectors.toCollection(() -> EnumSet.noneOf(ErrorCode.class))));
  }

  private static ApiResponse refusal(String words) {
    return new ApiResponse()
        .description(words)
        .content(
            new Content()
                .addMediaType(
                    PROBLEM_JSON,
                    new MediaType()
                        .schema(new Schema<>().$ref("#/components/schemas/" + PROBLEM))));
  }
}

# Two stages: build the jar and take it apart by layers, then run it as an unprivileged user.
FROM eclipse-temurin:25-jdk AS build
WORKDIR /build
COPY mvnw pom.xml ./
RUN ./mvnw -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true dependency:go-offline
COPY src src
RUN ./mvnw -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true package \
  && cp target/realtime-gateway-*.jar gateway.jar \
  && java -Djarmode=tools -jar gateway.jar extract --layers --destination layers

FROM eclipse-temurin:25-jre
RUN useradd --system --uid 10001 --no-create-home gateway
WORKDIR /gateway
# Least changed first, so that a new version of the gateway is one small layer.
COPY --from=build /build/layers/dependencies/ ./
COPY --from=build /build/layers/spring-boot-loader/ ./
COPY --from=build /build/layers/snapshot-dependencies/ ./
COPY --from=build /build/layers/application/ ./
USER 10001
EXPOSE 3001
# The flags of jvm.flags in pom.xml; memory and the rest by JAVA_TOOL_OPTIONS.
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-XX:+UseCompactObjectHeaders", "-XX:MaxRAMPercentage=60", "-jar", "gateway.jar"]
